/** `openai-proxy/msw` under `setupServer()` of each major of MSW, in a process of its own: both clients, Node's own, and the network. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildCommand } from '../cli/command.ts'
import { installed } from '../support/installed.ts'
import { startUpstream, type Responder } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** MSW 3 says that it needs Node 22.12. */
const isNew = Number(process.versions.node.split('.')[0]) >= 22
if (!isNew) console.warn('MSW 3 needs Node 22: its tests with setupServer() are skipped on this Node.')

const MAJORS = [
  { major: 2, runs: true },
  { major: 3, runs: isNew }
]

/** One answer as JSON, and a stream that never ends. */
const api: Responder = async (request, response) => {
  const { stream } = JSON.parse(Buffer.from(await request.whole).toString()) as { stream?: boolean }
  if (stream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"choices":[{"index":0,"delta":{"content":"one"}}]}\n\n')
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({ id: 'chatcmpl-1', choices: [{ index: 0, message: { role: 'assistant', content: 'From upstream.' } }] })
  )
}

for (const { major, runs } of MAJORS) {
  describe.skipIf(!runs)(`MSW ${major}`, () => {
    const told = new Map<string, unknown>()
    let streams: readonly string[] = []
    let asked: readonly string[] = []

    beforeAll(async () => {
      const program = join(dirname(buildCommand(`msw-${major}`)), '..')
      await build({
        entryPoints: [join(here, 'in-node.mjs')],
        outdir: program,
        outExtension: { '.js': '.mjs' },
        bundle: true,
        packages: 'external',
        external: ['./dist/*'],
        platform: 'node',
        format: 'esm',
        target: 'node20',
        logLevel: 'error'
      })
      if (major === 3) {
        const modules = await installed(['msw@3.0.5'])
        await mkdir(join(program, 'node_modules'))
        await symlink(join(modules, 'msw'), join(program, 'node_modules/msw'))
      }
      await using upstream = await startUpstream(api)
      await using folder = await temporaryFolder()
      await copyFile(join(here, '../../recordings/quickstart.yaml'), folder.file('quickstart.yaml'))
      const { stdout } = await promisify(execFile)(process.execPath, ['in-node.mjs', upstream.url, folder.path], {
        cwd: program,
        env: { PATH: process.env['PATH'] },
        timeout: 90_000
      })
      for (const line of stdout.trim().split('\n')) told.set(...(JSON.parse(line) as [string, unknown]))
      asked = upstream.requests.map(
        ({ headers }) => headers.find(([name]) => name.toLowerCase() === 'authorization')?.[1] ?? 'none'
      )
      streams = await Promise.all(upstream.requests.map(({ ended }) => ended))
    }, 180_000)

    test('replays to both clients, as JSON and as a stream, and answers a miss itself', () => {
      expect(told.get('replay')).toMatchObject({
        answers: ['The capital of France is Paris.', 'Hello! How can I assist you today?', 'text'],
        missed: { status: 404, code: 'cassette_miss', message: expect.stringContaining('quickstart.yaml:') },
        // Not the address of the API: MSW itself refuses it.
        status: 'unhandled',
        counts: { replayed: 3, missed: 1, live: 0, recorded: 0 }
      })
    })

    test('calls the upstream itself, which is not caught again, and lets a client leave', () => {
      expect(told.get('live')).toMatchObject({
        answer: 'From upstream.',
        viaHttp: { status: 200, text: expect.stringContaining('From upstream.') },
        outcomes: ['upstream complete', 'upstream complete', 'upstream aborted']
      })
      expect(streams).toEqual(['answered', 'answered', 'aborted', 'answered'])
      expect(asked).toEqual(['Bearer sk-test-in-node', 'Bearer unused', 'Bearer sk-test-in-node', 'Bearer sk-test-in-node'])
    })

    test('records once and replays after a reset, with no key in the cassette or the log', () => {
      expect(told.get('once')).toEqual({
        first: ['From upstream.', 1],
        second: ['From upstream.', 1],
        holdsKey: false,
        logged: true
      })
    })

    test('a fault that breaks the connection is a connection error', () => {
      expect(told.get('breaks')).toMatchObject({ message: 'Connection error.' })
    })

    test("leaves a proxy's own traffic alone", () => {
      expect(told.get('bypass')).toMatchObject({
        caught: { message: 'Connection error.' },
        answer: 'The capital of France is Paris.'
      })
    })
  })
}
