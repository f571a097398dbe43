/** Recording under fire: several processes at once, killed at any moment, on a full disk, in a folder that nobody may write to. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmod, readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { HEADER_TEXT } from '../../src/cassettes/document.ts'
import { whileLocked } from '../../src/cassettes/write-lock.ts'
import { buildFiles } from '../cli/command.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chat, openFile } from './make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 120_000 })

const DIST = buildFiles('under-fire')
const PROGRAM = fileURLToPath(new URL('record.mjs', import.meta.url))

interface Recorder {
  readonly process: ChildProcess
  /** What it has said so far. */
  readonly lines: () => readonly string[]
  /** Waits for so many lines that begin with a word. */
  saying(word: string, count: number): Promise<void>
  readonly ended: Promise<void>
}

interface RecorderOptions {
  readonly path: string
  readonly name: string
  readonly count: number
  /** A shell's words before the program. */
  readonly before?: string
  readonly user?: number
}

function startRecorder({ path, name, count, before = '', user }: RecorderOptions): Recorder {
  const args = [PROGRAM, DIST, path, name, String(count), ...(user === undefined ? [] : [String(user)])]
  const child = spawn('sh', ['-c', `${before} exec "$0" "$@"`, process.execPath, ...args])
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += `stderr ${text}`))
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const lines = (): string[] => output.slice(0, output.lastIndexOf('\n')).split('\n')
  return {
    process: child,
    lines,
    ended,
    saying: (word, most) =>
      new Promise((resolve, reject) => {
        const look = (): void => void (lines().filter((line) => line.startsWith(word)).length >= most && resolve())
        child.stdout.on('data', look)
        look()
        void ended.then(() => (look(), reject(new Error(`It ended without saying "${word}" ${most} times:\n${output}`))))
      })
  }
}

const done = ({ lines }: Recorder): string[] => lines().flatMap((line) => (line.startsWith('done ') ? [line.slice(5)] : []))

/** Everything said to be recorded is in the cassette, whole, with its answer, and the cassette opens without a word. */
async function expectRecorded(path: string, recorded: readonly string[], mostMore = 0): Promise<void> {
  const reports: string[] = []
  const tape = await openFile(path, reports)
  for (const name of recorded) {
    const answer = await tape.take(chat(name))
    expect(answer.kind, name).toBe('hit')
    if (answer.kind === 'hit') expect(Buffer.from(answer.interaction.response.body).toString('latin1')).toContain(`${name} `)
  }
  expect(tape.size).toBeGreaterThanOrEqual(recorded.length)
  expect(tape.size).toBeLessThanOrEqual(recorded.length + mostMore)
  expect((await readFile(path, 'utf8')).split(HEADER_TEXT)).toHaveLength(2)
}

describe('processes that record into one cassette', () => {
  it('lose nothing and write one header', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('new', 'tape.yaml')
    const recorders = ['a', 'b', 'c'].map((name) => startRecorder({ path, name, count: 40 }))
    await Promise.all(recorders.map(({ ended }) => ended))
    const recorded = recorders.flatMap(done)
    expect(recorded).toHaveLength(120)
    await expectRecorded(path, recorded)
    expect((await readdir(folder.file('new'))).toSorted()).toEqual(['tape.files', 'tape.yaml'])
    expect(await readdir(folder.file('new', 'tape.files'))).toHaveLength(24)
  })

  it('write one at a time', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const recorder = await whileLocked(path, async () => {
      const waiting = startRecorder({ path, name: 'a', count: 3 })
      await waiting.saying('ready', 1)
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect(done(waiting)).toEqual([])
      expect(await readdir(folder.path)).toEqual(['tape.yaml.lock'])
      return waiting
    })
    await recorder.ended
    await expectRecorded(path, done(recorder))
    expect(done(recorder)).toHaveLength(3)
  })

  it('lose nothing where they are killed at any moment', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const steady = startRecorder({ path, name: 'steady', count: 150 })
    const recorded: string[] = []
    const kills = 8
    for (let kill = 0; kill < kills; kill += 1) {
      const victim = startRecorder({ path, name: `victim${kill}`, count: 10_000 })
      await victim.saying('done', 1 + kill * 2)
      // A moment that differs from kill to kill: somewhere in the next few recordings.
      await new Promise((resolve) => setTimeout(resolve, kill * 1.7))
      victim.process.kill('SIGKILL')
      await victim.ended
      recorded.push(...done(victim))
    }
    await steady.ended
    expect(done(steady)).toHaveLength(150)
    // The last recording of each may have been written before it could be said.
    await expectRecorded(path, [...recorded, ...done(steady)], kills)
  })
})

/** Bytes that a file may have: the shell counts in blocks of 512. */
const limitBytes = (bytes: number): string => `ulimit -S -f ${bytes / 512};`

describe('where nothing can be written', () => {
  it.skipIf(process.platform !== 'linux')('nothing is left of what did not fit, in the cassette or beside it', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    // The fifth has a file beside the cassette, which fits; what the request says does not.
    const name = 'n'.repeat(110_000)
    const recorder = startRecorder({ path, name, count: 5, before: limitBytes(102_400) })
    await recorder.ended
    const failed = Array.from({ length: 5 }, () => 'failed cassette_unwritable')
    expect(recorder.lines().map((line) => line.split(' ', 2).join(' '))).toEqual(['ready', ...failed])
    expect((await readFile(path)).length).toBe(0)
    expect((await readdir(folder.path, { recursive: true })).toSorted()).toEqual(['tape.files', 'tape.yaml'])
  })

  it.skipIf(process.platform !== 'linux')(
    'each recording is one clear error, and later ones are fine once there is room',
    async () => {
      await using folder = await temporaryFolder()
      const path = folder.file('tape.yaml')
      const recorder = startRecorder({ path, name: 'a', count: 100_000, before: limitBytes(24_576) })
      await recorder.saying('failed', 10)
      execFileSync('prlimit', ['--pid', String(recorder.process.pid), '--fsize=unlimited'])
      const before = done(recorder).length
      await recorder.saying('done', before + 30)
      recorder.process.kill('SIGTERM')
      await recorder.ended
      const failed = recorder.lines().filter((line) => line.startsWith('failed'))
      expect(new Set(failed)).toEqual(
        new Set([
          `failed cassette_unwritable Cannot write the cassette ${path}: it would be larger than this system allows. Make it writable, or name another place.`
        ])
      )
      await expectRecorded(path, done(recorder), 1)
      // What belongs to a recording that failed is not left behind, nor is half a file; that of the one which the end cut off may be.
      const files = await readdir(folder.file('tape.files'))
      const text = await readFile(path, 'utf8')
      expect(files.filter((file) => !text.includes(file)).length).toBeLessThanOrEqual(1)
    }
  )

  it('a folder that is read-only is one clear error, and is left as it is', async () => {
    await using folder = await temporaryFolder()
    await chmod(folder.path, 0o555)
    const path = folder.file('tape.yaml')
    // The administrator may write everywhere.
    const user = process.getuid?.() === 0 ? { user: 65_534 } : {}
    const recorder = startRecorder({ path, name: 'a', count: 2, ...user })
    await recorder.ended
    const message = `failed cassette_unwritable Cannot write the cassette ${path}: there is no permission to write. Make it writable, or name another place.`
    expect(recorder.lines()).toEqual(['ready', message, message])
    expect(await readdir(folder.path)).toEqual([])
  })
})
