/** A Redis of a test's own: on a free loopback port, in a temporary folder, ended by its process id. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface RedisServer {
  readonly url: string
  readonly pid: number
  /** Ends it, as a crash does. */
  stop(): Promise<void>
  /** Starts it again on the same port, empty. */
  start(): Promise<void>
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

/** Whether the binary is there. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0

if (!hasRedis)
  console.warn(
    'redis-server is not installed: the tests of the ledger in Redis are skipped (Debian: apt-get install redis-server).'
  )

export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-redis-'))
  const port = await freePort()
  let child: ChildProcess | undefined
  async function start(): Promise<void> {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
    child = spawn('redis-server', options, { stdio: 'ignore' })
    for (let attempt = 0; !(await answers(port)); attempt += 1) {
      if (attempt > 200) throw new Error('redis-server does not start.')
      await delay(25)
    }
  }
  async function stop(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child?.pid ?? -1
    },
    start,
    stop,
    async close() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}
