/** The ledger in a file: what every ledger must do, and what it holds after a restart, a kill and a damaged file. */
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFileLedger } from '../../src/metering/file-ledger.ts'
import { readJournal } from '../../src/metering/journal.ts'
import type { Entry, Ledger } from '../../src/metering/ledger.ts'
import { buildSpender, mustHold } from './spender.ts'
import { testLedger } from './test-ledger.ts'

const folders: string[] = []
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-file-'))
  folders.push(folder)
  return folder
}
afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
})

const entry = (amount: number, limit = 100): Entry => ({ account: 'a', amount, limit, expiresAt: 1e9 })

testLedger(
  'the file ledger',
  async () => openFileLedger({ file: join(await newFolder(), 'ledger'), now: () => 0, compactAfter: 7 }),
  20
)

describe('the ledger in a file', () => {
  let file: string
  const open: Ledger[] = []
  beforeEach(async () => {
    file = join(await newFolder(), 'deep', 'ledger.jsonl')
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((ledger) => ledger.close()))
  })
  async function openIt(compactAfter = 10_000, now = 0): Promise<Ledger> {
    const ledger = await openFileLedger({ file, now: () => now, compactAfter })
    open.push(ledger)
    return ledger
  }

  it.each([10_000, 1])('holds after a restart what it held before (a new journal after %s lines)', async (compactAfter) => {
    const first = await openIt(compactAfter)
    await first.reserve({ id: 'settled', entries: [entry(40)], now: 0 })
    await first.settle('settled', new Map([['a', 15]]))
    const windows = [{ window: 'w', limit: 100, windowMs: 1000, amount: 60 }]
    const seats = [{ seats: 's', limit: 1 }]
    await first.reserve({ id: 'open', entries: [entry(30)], windows, seats, now: 0 })
    await first.take('k', { limit: 2, windowMs: 1000, now: 0, amount: 2 })
    await first.close()
    const second = await openIt(compactAfter)
    expect(await second.used('a')).toBe(45)
    expect(await second.take('k', { limit: 2, windowMs: 1000, now: 400 })).toEqual({ granted: false, retryAfterMs: 600 })
    // The call has ended with its process, and so has its seat; what it may have taken has not.
    const next = { entries: [], windows, seats, now: 10 }
    expect(await second.reserve({ id: 'next', ...next })).toMatchObject({ granted: false, window: 'w', retryAfterMs: 990 })
    const rates = { windows: new Map([['w', 40]]), seats: [] }
    expect(await second.settle('open', new Map([['a', 1]]), rates)).toEqual(new Map([['a', 16]]))
    expect((await second.reserve({ id: 'next', ...next })).granted).toBe(true)
  })

  it('forgets a call that a crash has ended once its window has passed, though others still use the window', async () => {
    const windows = [{ window: 'w', limit: 100, windowMs: 1000, amount: 1 }]
    const first = await openIt()
    await first.reserve({ id: 'crashed', entries: [], windows, now: 0 })
    await first.reserve({ id: 'running', entries: [], windows, now: 900 })
    await first.close()
    const second = await openIt(10_000, 1500)
    await second.close()
    expect([...readJournal(await readFile(file, 'utf8'), file).reservations.keys()]).toEqual(['running'])
  })

  it('has every grant on the disk before it is told', async () => {
    const ledger = await openIt()
    for (let i = 0; i < 5; i += 1) {
      await ledger.reserve({ id: String(i), entries: [entry(1)], now: 0 })
      expect(readJournal(await readFile(file, 'utf8'), file).accounts.get('a')?.used).toBe(i + 1)
    }
    await ledger.settle('0', new Map([['a', 0]]))
    expect(readJournal(await readFile(file, 'utf8'), file).accounts.get('a')?.used).toBe(4)
  })

  it('loses no spent money when its process is killed in the middle', async () => {
    await (await openIt()).close()
    const { spend, remove } = buildSpender()
    try {
      const spent = [await spend({ kind: 'file', place: file, name: 'a', calls: 100_000, limit: 1e9, killAfter: 150 })]
      expect(spent[0]!.signal).toBe('SIGKILL')
      expect(spent[0]!.settled.size).toBeGreaterThanOrEqual(150)
      const state = readJournal(await readFile(file, 'utf8'), file)
      const used = await (await openIt()).used('budget')
      expect(used).toBe(mustHold(spent, new Set(state.reservations.keys())))
      for (const id of spent[0]!.settled) expect(state.reservations.has(id), id).toBe(false)
    } finally {
      remove()
    }
  }, 60_000)

  it.each([
    ['a cut line', '["reserve","x",0,[["a",50'],
    ['zeros that a power cut left', '\0\0\0\0\n']
  ])('leaves out %s at the end', async (_name, rest) => {
    const first = await openIt()
    await first.reserve({ id: '1', entries: [entry(10)], now: 0 })
    await first.close()
    await appendFile(file, rest)
    const second = await openIt()
    expect(await second.used('a')).toBe(10)
    await second.reserve({ id: '2', entries: [entry(5)], now: 0 })
    await second.close()
    expect(await (await openIt()).used('a')).toBe(15)
  })

  it.each([
    ['another file', 'hello\n'],
    ['a later version', '{"ledger":2}\n'],
    ['damage in the middle', '{"ledger":1,"rates":[],"accounts":[],"reservations":[]}\nxx\n["settle","1",[]]\n']
  ])('refuses %s with an error that says what to do, changes nothing in it, and leaves no lock', async (_name, text) => {
    await (await openIt()).close()
    await writeFile(file, text)
    for (let i = 0; i < 2; i += 1)
      await expect(openIt()).rejects.toMatchObject({ code: 'ledger_broken', message: expect.stringContaining('move it away') })
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('stays small: what has passed is left out', async () => {
    const ledger = await openIt(50, 1e10)
    for (let i = 0; i < 500; i += 1) {
      await ledger.reserve({ id: String(i), entries: [{ ...entry(1, 1e6), account: `hour-${i}` }], now: 0 })
      await ledger.settle(String(i), new Map())
    }
    expect((await stat(file)).size).toBeLessThan(20_000)
  })

  it('is for one process: a second one gets a clear error, a lock of a dead one is taken over', async () => {
    const first = await openIt()
    await expect(openIt()).rejects.toMatchObject({ code: 'ledger_in_use', message: expect.stringContaining(String(process.pid)) })
    await first.close()
    // The parent of this process lives; no process has the number 2^22 + 1.
    await writeFile(`${file}.lock`, `${process.ppid} ${hostname()}\n`)
    await expect(openIt()).rejects.toMatchObject({ code: 'ledger_in_use' })
    await writeFile(`${file}.lock`, `4194305 ${hostname()}\n`)
    await (await openIt()).close()
    // This process, before a restart that gave it its number again (1 in a container).
    await writeFile(`${file}.lock`, `${process.pid} ${hostname()}\n`)
    await (await openIt()).close()
    await writeFile(`${file}.lock`, '1 another-machine\n')
    await expect(openIt()).rejects.toMatchObject({ code: 'ledger_in_use', message: expect.stringContaining('30 s') })
  })

  it('says that a folder cannot be written', async () => {
    const inFile = join(file, 'ledger')
    await (await openIt()).close()
    await expect(openFileLedger({ file: inFile, now: () => 0 })).rejects.toMatchObject({ code: 'ledger_unavailable' })
  })
})
