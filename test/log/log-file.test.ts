/** The log file: a line for each exchange, on the disk when `settle` returns; rotated; clear when it cannot be written. */
import { readFileSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { LogFileError } from '../../src/log/log-file-error.ts'
import { createLogFile, type LogFileOptions } from '../../src/log/log-file.ts'
import type { LogEntry } from '../../src/log/log-entry.ts'
import type { Exchange } from '../../src/pipeline/exchange.ts'
import type { Sink } from '../../src/pipeline/ports.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeExchange } from './make-exchange.ts'

const OPTIONS = {
  level: 'INFO',
  requests: true,
  responses: true,
  tokens: false,
  redaction: createRedaction(),
  report: fail
} as const

function fail(message: string): never {
  throw new Error(`Nothing was to be reported, but: ${message}`)
}

function open(path: string, given: Partial<LogFileOptions> = {}): Sink {
  return createLogFile({ ...OPTIONS, path, ...given })
}

function exchange(id: string, given: Partial<Exchange> = {}): Exchange {
  return makeExchange({ body: '{"model":"m"}' }, { body: '{"ok":true}' }, { id, ...given })
}

async function entries(path: string): Promise<LogEntry[]> {
  const text = await readFile(path, 'utf8')
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LogEntry)
}

const ids = async (path: string): Promise<string[]> => (await entries(path)).map(({ id }) => id)

describe('a log file', () => {
  it('has a line on the disk for each exchange as soon as it is settled; its folders are made', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('a', 'b', 'api-firewall.log')
    const log = open(path)
    expect(await readFile(path, 'utf8')).toBe('')
    for (const id of ['ex_1', 'ex_2', 'ex_3']) {
      await log.settle(exchange(id))
      expect((await ids(path)).at(-1)).toBe(id)
    }
    expect(await entries(path)).toHaveLength(3)
  })

  it('writes the lines of a turn at once, and those that wait when it is closed or the process exits', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    const log = open(path)
    const settled = ['ex_1', 'ex_2'].map((id) => log.settle(exchange(id)))
    expect(readFileSync(path, 'utf8')).toBe('')
    await Promise.all(settled)
    expect(await ids(path)).toEqual(['ex_1', 'ex_2'])
    void log.settle(exchange('ex_3'))
    for (const listener of process.listeners('exit')) if (listener.name === 'writeAll') listener(0)
    expect((await ids(path)).at(-1)).toBe('ex_3')
    void log.settle(exchange('ex_4'))
    await log.close!()
    expect(await ids(path)).toEqual(['ex_1', 'ex_2', 'ex_3', 'ex_4'])
  })

  it('can be read by its owner only', async () => {
    await using folder = await temporaryFolder()
    await open(folder.file('x.log')).settle(exchange('ex_1'))
    expect((await stat(folder.file('x.log'))).mode & 0o077).toBe(0)
  })

  it('appends to what is there, and ends a line that a crash cut off', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    await writeFile(path, '{"id":"ex_0"}\n{"id":"ex_')
    await open(path).settle(exchange('ex_2'))
    const lines = (await readFile(path, 'utf8')).split('\n')
    expect(lines).toHaveLength(4)
    expect(lines.slice(0, 2)).toEqual(['{"id":"ex_0"}', '{"id":"ex_'])
    expect(JSON.parse(lines[2]!)).toMatchObject({ id: 'ex_2' })
  })

  it('keeps one line a line, whatever an exchange holds', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    const body = 'a\nb\r\nc\u2028d\u0000e\ud800'
    await open(path, { tokens: true }).settle(
      makeExchange(
        {
          headers: [
            ['content-type', 'text/plain'],
            ['x', 'a\u0085b']
          ],
          body
        },
        { headers: [], body }
      )
    )
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(2)
    expect((await entries(path))[0]?.request.body).toBe(body.replace('\ud800', '\ufffd'))
  })

  it('is put aside when it is full; the plain name is always the newest, and so many old ones are kept', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    const log = open(path, { maxBytes: 2500, keep: 3 })
    const all = Array.from({ length: 40 }, (_, index) => `ex_${index}`)
    for (const id of all) await log.settle(exchange(id))
    const names = (await readdir(folder.path)).toSorted()
    expect(names).toEqual(['x.log', 'x.log.1', 'x.log.2', 'x.log.3'])
    for (const name of names) expect((await stat(folder.file(name))).size).toBeLessThanOrEqual(2500)
    const kept = (await Promise.all(names.toReversed().map((name) => ids(folder.file(name))))).flat()
    expect(kept).toEqual(all.slice(-kept.length))
    expect(kept.length).toBeGreaterThan(8)
    expect((await ids(path)).at(-1)).toBe('ex_39')
  })

  it('is put aside by one process at a time; one that died at it holds nobody up for long', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    const mark = `${path}.rotating`
    const log = open(path, { maxBytes: 10, keep: 3 })
    await log.settle(exchange('ex_0'))
    await writeFile(mark, '')
    await log.settle(exchange('ex_1'))
    expect([await ids(path), await readdir(folder.path)]).toEqual([
      ['ex_0', 'ex_1'],
      ['x.log', 'x.log.rotating']
    ])
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(mark, longAgo, longAgo)
    // The mark is taken away, and the next line finds the way free.
    for (const id of ['ex_2', 'ex_3']) await log.settle(exchange(id))
    expect(await ids(`${path}.1`)).toEqual(['ex_0', 'ex_1', 'ex_2'])
    expect([await ids(path), (await readdir(folder.path)).toSorted()]).toEqual([['ex_3'], ['x.log', 'x.log.1']])
  })

  it('takes a line that is longer than a file may be', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    const log = open(path, { maxBytes: 10, keep: 2 })
    for (const id of ['ex_1', 'ex_2', 'ex_3', 'ex_4']) await log.settle(exchange(id))
    expect(await ids(path)).toEqual(['ex_4'])
    expect(await ids(`${path}.1`)).toEqual(['ex_3'])
    expect(await ids(`${path}.2`)).toEqual(['ex_2'])
  })

  it('follows when somebody else moves it away', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    const log = open(path)
    await log.settle(exchange('ex_1'))
    await rename(path, folder.file('moved.log'))
    await log.settle(exchange('ex_2'))
    expect(await ids(folder.file('moved.log'))).toEqual(['ex_1'])
    expect(await ids(path)).toEqual(['ex_2'])
  })

  it('two of them in one file do not cut into each other', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    const [one, two] = [open(path), open(path)]
    for (let index = 0; index < 20; index += 1) await (index % 2 ? one : two).settle(exchange(`ex_${index}`))
    expect(await ids(path)).toEqual(Array.from({ length: 20 }, (_, index) => `ex_${index}`))
  })
})

describe('levels', () => {
  const outcomes: readonly Exchange[] = [
    exchange('good'),
    exchange('aborted', { outcome: 'aborted', response: undefined }),
    makeExchange({ body: '' }, { body: '', status: 404 }, { id: 'not found' }),
    makeExchange({ body: '' }, { body: '', status: 403 }, { id: 'refused', outcome: 'refused' }),
    makeExchange({ body: '' }, { body: '', status: 500 }, { id: 'failed' }),
    exchange('broken', { outcome: 'broken' })
  ]

  it.each([
    ['DEBUG', ['good', 'aborted', 'not found', 'refused', 'failed', 'broken']],
    ['INFO', ['good', 'aborted', 'not found', 'refused', 'failed', 'broken']],
    ['WARNING', ['not found', 'refused', 'failed', 'broken']],
    ['ERROR', ['failed', 'broken']]
  ] as const)('%s takes %j', async (level, expected) => {
    await using folder = await temporaryFolder()
    const log = open(folder.file('x.log'), { level })
    for (const one of outcomes) await log.settle(one)
    expect(await ids(folder.file('x.log'))).toEqual(expected)
  })
})

describe('a log that cannot be written', () => {
  it('is a clear error at start', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('plain'), '')
    await mkdir(folder.file('folder'))
    const cases = [
      [folder.file('plain', 'x.log'), 'a part of its path is no folder'],
      [folder.file('folder'), 'it is a folder']
    ] as const
    for (const [path, reason] of cases) {
      expect(() => open(path)).toThrow(LogFileError)
      const advice = 'Set LOG_FILE (logFile) to a file that can be written, or to false for no log.'
      const message = `Cannot write the log ${path}: ${reason}. ${advice}`
      expect(() => open(path)).toThrow(message)
    }
  })

  it('later is reported once, is not fatal, and is told when it is over', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('logs', 'x.log')
    const reports: string[] = []
    const log = open(path, { report: (line) => reports.push(line) })
    await log.settle(exchange('ex_1'))
    await rm(folder.file('logs'), { recursive: true })
    await writeFile(folder.file('logs'), 'in the way')
    for (const id of ['ex_2', 'ex_3', 'ex_4']) await log.settle(exchange(id))
    expect(reports).toEqual([expect.stringMatching(/^Cannot write the log .*x\.log: a part of its path is no folder/)])
    await rm(folder.file('logs'))
    await log.settle(exchange('ex_5'))
    await log.settle(exchange('ex_6'))
    expect(reports.slice(1)).toEqual([`The log ${path} is written again; 3 entries are missing in it.`])
    expect(await ids(path)).toEqual(['ex_5', 'ex_6'])
  })

  it('aside grows on, and that is reported once', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('x.log')
    // A folder with something in it cannot be replaced by a file.
    await mkdir(`${path}.1/full`, { recursive: true })
    await mkdir(`${path}.2/full`, { recursive: true })
    const reports: string[] = []
    const log = open(path, { maxBytes: 10, keep: 1, report: (line) => reports.push(line) })
    for (const id of ['ex_1', 'ex_2', 'ex_3']) await log.settle(exchange(id))
    expect(reports).toEqual([expect.stringMatching(/^Cannot put the full log .*x\.log aside: it is a folder/)])
    expect(await ids(path)).toEqual(['ex_1', 'ex_2', 'ex_3'])
  })
})
