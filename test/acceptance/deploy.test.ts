/** What the files for Docker, Compose and nginx promise, as far as it can be shown without them. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { VARIABLES } from '../../src/config/settings.ts'
import { startProxy } from '../../src/proxy.ts'
import { startUpstream } from '../support/local-upstream.ts'

const file = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const run = promisify(execFile)

/** The exit code of the image's health check. */
async function healthCheck(port: string): Promise<number> {
  const [, json] = /HEALTHCHECK [^[]*CMD (\[.*\])/.exec(file('Dockerfile').replaceAll('\\\n', ''))!
  const [, ...args] = JSON.parse(json!) as string[]
  const failed = (error: { readonly code: number }): number => error.code
  return run(process.execPath, args, { env: { PORT: port } }).then(() => 0, failed)
}

it('the health check passes on a running proxy, and fails on none', async () => {
  const proxy = await startProxy({ logFile: false, mode: 'live' })
  const { port } = new URL(proxy.url)
  expect(await healthCheck(port)).toBe(0)
  await proxy.close()
  expect(await healthCheck(port)).toBe(1)
})

it('the image runs as a user, and its build sees no key, no log and no recording', () => {
  expect(file('Dockerfile').split('\nFROM ').at(-1)).toMatch(/\nUSER node\n/)
  const copied = [...file('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names]) => names!.split(' '))
  const allowed = file('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
  expect(file('.dockerignore')).toMatch(/^\*$/m)
  expect(allowed.map((line) => line.slice(1)).toSorted()).toEqual(copied.toSorted())
})

it('nginx knows the replicas that Compose starts; their settings exist, and they drain for less than Compose waits', () => {
  interface Service {
    readonly environment?: Readonly<Record<string, string>>
    readonly stop_grace_period?: string
  }
  const { services } = parse(file('docker-compose.yml'), { merge: true }) as { services: Readonly<Record<string, Service>> }
  const replicas = Object.keys(services).filter((name) => name.startsWith('proxy'))
  const servers = [...file('deploy/nginx.conf').matchAll(/^ +server (\S+):8000;$/gm)].map(([, name]) => name)
  expect(servers).toEqual(replicas)
  for (const name of replicas) {
    const { environment, stop_grace_period: grace } = services[name]!
    expect(Object.keys(environment!).filter((key) => !VARIABLES.some(({ variable }) => variable === key))).toEqual([])
    expect(parseInt(grace!, 10)).toBeGreaterThan(Number(environment!['DRAIN_TIMEOUT']))
  }
})

it('a stream goes on to its end while the proxy closes, as long as DRAIN_TIMEOUT lets it', { timeout: 20_000 }, async () => {
  await using upstream = await startUpstream(async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let event = 0; event < 5; event += 1) {
      response.write(`data: ${event}\n\n`)
      await sleep(400)
    }
    response.end('data: [DONE]\n\n')
  })
  const settings = { logFile: false, mode: 'live', openaiApiBaseUrl: `${upstream.url}/v1` } as const
  const proxy = await startProxy({ ...settings, drainTimeout: 15 })
  const response = await fetch(`${proxy.openaiBaseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', stream: true, messages: [] })
  })
  const closing = proxy.close()
  expect(await response.text()).toMatch(/data: 0\n\n[\s\S]*data: 4\n\ndata: \[DONE\]\n\n$/)
  await closing
  await expect(fetch(`${proxy.url}/health`)).rejects.toThrow()
})
