/** One Redis on loopback, and what it tells of its own work. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { freePort } from '../harness/ports.mjs'
import { start } from '../harness/processes.mjs'

/**
 * @param folder where it keeps its file, if it keeps one
 * @param isKept whether each change goes to a file that is synced once a second
 */
export async function openRedis({ folder, cores, isKept = false }) {
  const port = await freePort()
  const dir = mkdtempSync(join(folder, 'redis-'))
  const keeping = ['--save', '', '--appendonly', isKept ? 'yes' : 'no', '--dir', dir]
  const server = start({
    command: 'redis-server',
    args: ['--port', String(port), '--bind', '127.0.0.1', '--daemonize', 'no', ...keeping],
    cores
  })
  const url = `redis://127.0.0.1:${port}`
  const client = createClient({ url })
  client.on('error', () => undefined)
  for (let tries = 0; !client.isReady; tries += 1) {
    if (tries === 100) throw new Error(`Redis does not start: ${server.said()}`)
    await client.connect().catch(() => wait(50))
  }
  const info = async (section) => readInfo(await client.info(section))
  return {
    url,
    /** Keys of a run of its own. */
    prefix: () => `{${randomUUID()}}:`,
    forget: () => client.flushAll(),
    /** What scripts have taken, what went over the wire, what is held; `usage` of the processor in seconds. */
    async facts() {
      const [stats, memory, commands, processor] = await Promise.all(['stats', 'memory', 'commandstats', 'cpu'].map(info))
      const [calls, micros] = ['calls', 'usec'].map((name) =>
        ['evalsha', 'eval'].reduce((sum, command) => sum + partOf(commands[`cmdstat_${command}`], name), 0)
      )
      return {
        calls,
        micros,
        bytes: Number(stats.total_net_input_bytes) + Number(stats.total_net_output_bytes),
        memory: Number(memory.used_memory),
        usage: Number(processor.used_cpu_user) + Number(processor.used_cpu_sys)
      }
    },
    async end() {
      client.destroy()
      await server.end()
    }
  }
}

function readInfo(text) {
  return Object.fromEntries(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)])
  )
}

const partOf = (text = '', name) => Number(new RegExp(`${name}=(\\d+)`).exec(text)?.[1] ?? 0)
