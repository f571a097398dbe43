/** A stream of 512 MB through the whole product, live and recording: memory stays flat. */
import { readFile } from 'node:fs/promises'
import { request } from 'undici'
import { beforeAll, expect, test } from 'vitest'
import { buildCommand, startCommand } from '../cli/command.ts'
import { startUpstream, type Responder } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MEGABYTE = 1024 * 1024
const SIZE = 512 * MEGABYTE

let program: string
beforeAll(() => {
  program = buildCommand('memory-test')
})

/** Sends as fast as it is read, event by event. */
const endless: Responder = async (incoming, response) => {
  await incoming.whole
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = Buffer.from(`data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(64 * 1024)}"}}]}\n\n`)
  for (let sent = 0; sent < SIZE; sent += event.length) {
    if (!response.write(event)) await new Promise((drained) => response.once('drain', drained))
  }
  response.end()
}

/** Resident memory of a process, and the most it ever was, in bytes. */
async function memoryOf(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024
  return { now: read('VmRSS'), peak: read('VmHWM') }
}

test.skipIf(process.platform !== 'linux').each([[[]], [['--record']]])('with %j', { timeout: 120_000 }, async (flags) => {
  await using folder = await temporaryFolder()
  await using upstream = await startUpstream(endless)
  const env = { OPENAI_API_BASE_URL: `${upstream.url}/v1` }
  const running = startCommand(program, ['--port', '0', ...flags], { cwd: folder.path, env })
  const url = /OPENAI_BASE_URL=(\S+)/.exec(await running.until('export ANTHROPIC_BASE_URL'))![1]!
  const idle = await memoryOf(running.process.pid!)
  const { body } = await request(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"gpt-4o","stream":true,"messages":[]}'
  })
  let size = 0
  for await (const chunk of body) size += (chunk as Uint8Array).byteLength
  const { peak } = await memoryOf(running.process.pid!)
  running.process.kill('SIGTERM')
  const { code, stderr } = await running.ended
  expect(size).toBeGreaterThanOrEqual(SIZE)
  expect(code).toBe(0)
  // A recording keeps 32 MB at most, and says that it is none.
  const allowed = flags.length === 0 ? 100 : 180
  expect((peak - idle.now) / MEGABYTE).toBeLessThan(allowed)
  if (flags.length > 0) expect(stderr).toMatch(/Not recorded in .*default\.yaml: .* larger than a recording may be/)
  console.log(`512 MB ${flags.join(' ') || 'live'}: ${Math.round((peak - idle.now) / MEGABYTE)} MB above idle`)
})
