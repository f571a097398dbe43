/** What every ledger must do: one suite that each ledger passes. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { LedgerError, type Entry, type Ledger, type Reserved } from '../../src/metering/ledger.ts'

const WINDOW = 1000

/** An end that no test reaches. */
const LATER = 10_000_000

const entry = (account: string, amount: number, limit: number, expiresAt = LATER): Entry => ({
  account,
  amount,
  limit,
  expiresAt
})

/** @param create a new ledger that has counted nothing @param runs how many interleavings the property tests try */
export function testLedger(name: string, create: () => Ledger | Promise<Ledger>, runs = 100): void {
  const open: Ledger[] = []
  async function createLedger(): Promise<Ledger> {
    const ledger = await create()
    open.push(ledger)
    return ledger
  }
  afterEach(async () => {
    await Promise.all(open.splice(0).map((ledger) => ledger.close()))
  })
  testRates(name, createLedger, runs)
  testBudgets(name, createLedger, runs)
  testSeats(name, createLedger)
}

type CreateLedger = () => Promise<Ledger>

function testRates(name: string, createLedger: CreateLedger, runs: number): void {
  describe(`${name} counts rates`, () => {
    it('grants up to the limit, then refuses, and says when one is free', async () => {
      const ledger = await createLedger()
      const take = (now: number): ReturnType<Ledger['take']> => ledger.take('k', { limit: 2, windowMs: WINDOW, now })
      expect(await take(0)).toEqual({ granted: true })
      expect(await take(400)).toEqual({ granted: true })
      expect(await take(500)).toEqual({ granted: false, retryAfterMs: 500 })
      expect(await take(999)).toEqual({ granted: false, retryAfterMs: 1 })
      expect(await take(1000)).toEqual({ granted: true })
      expect(await take(1000)).toEqual({ granted: false, retryAfterMs: 400 })
    })

    it('takes nothing with a refusal', async () => {
      const ledger = await createLedger()
      await ledger.take('k', { limit: 1, windowMs: WINDOW, now: 0 })
      for (let now = 1; now < WINDOW; now += 100)
        expect((await ledger.take('k', { limit: 1, windowMs: WINDOW, now })).granted).toBe(false)
      expect((await ledger.take('k', { limit: 1, windowMs: WINDOW, now: WINDOW })).granted).toBe(true)
    })

    it('counts each key for itself', async () => {
      const ledger = await createLedger()
      for (const key of ['a', 'b', '__proto__', '']) {
        expect((await ledger.take(key, { limit: 1, windowMs: WINDOW, now: 0 })).granted).toBe(true)
        expect((await ledger.take(key, { limit: 1, windowMs: WINDOW, now: 0 })).granted).toBe(false)
      }
    })

    it('grants no more than the limit to calls that come at once', async () => {
      const ledger = await createLedger()
      const taken = await Promise.all(Array.from({ length: 50 }, () => ledger.take('k', { limit: 7, windowMs: WINDOW, now: 5 })))
      expect(taken.filter(({ granted }) => granted)).toHaveLength(7)
    })

    it('never grants more than the limit in any window, and its waits are true', async () => {
      const gaps = fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(gaps, fc.integer({ min: 1, max: 4 }), async (steps, limit) => {
          const ledger = await createLedger()
          const granted: number[] = []
          let now = 0
          for (const step of steps) {
            now += step
            const taken = await ledger.take('k', { limit, windowMs: WINDOW, now })
            if (!taken.granted) {
              const free = granted.at(-limit)! + WINDOW
              expect(taken.retryAfterMs).toBe(free - now)
              expect(taken.retryAfterMs).toBeGreaterThan(0)
            } else granted.push(now)
          }
          for (const [index, moment] of granted.entries()) {
            const first = granted[index - limit]
            if (first !== undefined) expect(moment - first).toBeGreaterThanOrEqual(WINDOW)
          }
        }),
        { numRuns: runs }
      )
    })

    it('obeys a limit that has become smaller', async () => {
      const ledger = await createLedger()
      for (let i = 0; i < 3; i += 1) await ledger.take('k', { limit: 3, windowMs: WINDOW, now: i * 100 })
      expect(await ledger.take('k', { limit: 1, windowMs: WINDOW, now: 300 })).toEqual({ granted: false, retryAfterMs: 900 })
    })

    it('takes amounts, says when as much is free, and that more than the limit never is', async () => {
      const ledger = await createLedger()
      const take = (amount: number, now: number): ReturnType<Ledger['take']> =>
        ledger.take('k', { limit: 100, windowMs: WINDOW, now, amount })
      expect(await take(60, 0)).toEqual({ granted: true })
      expect(await take(30, 100)).toEqual({ granted: true })
      expect(await take(11, 200)).toEqual({ granted: false, retryAfterMs: 800 })
      expect(await take(71, 200)).toEqual({ granted: false, retryAfterMs: 900 })
      expect(await take(101, 200)).toEqual({ granted: false, retryAfterMs: Number.POSITIVE_INFINITY })
      expect(await take(10, 200)).toEqual({ granted: true })
      expect(await take(60, 1000)).toEqual({ granted: true })
    })

    it('writes down what has happened under an infinite limit, and looks without taking', async () => {
      const ledger = await createLedger()
      const take = (amount: number, limit: number): ReturnType<Ledger['take']> =>
        ledger.take('k', { limit, windowMs: WINDOW, now: 0, amount })
      expect(await take(5_000, Number.POSITIVE_INFINITY)).toEqual({ granted: true })
      expect(await take(0, 5_000)).toEqual({ granted: true })
      expect(await take(0, 4_999)).toEqual({ granted: false, retryAfterMs: WINDOW })
    })
  })
}

function testBudgets(name: string, createLedger: CreateLedger, runs: number): void {
  describe(`${name} keeps budgets`, () => {
    it('reserves, settles and gives back', async () => {
      const ledger = await createLedger()
      expect(await ledger.reserve({ id: '1', entries: [entry('day', 60, 100)], now: 0 })).toMatchObject({
        granted: true,
        used: new Map([['day', 60]])
      })
      expect(await ledger.reserve({ id: '2', entries: [entry('day', 41, 100)], now: 1 })).toEqual({
        granted: false,
        account: 'day',
        limit: 100,
        used: 60
      })
      expect(await ledger.used('day')).toBe(60)
      expect(await ledger.settle('1', new Map([['day', 10]]))).toEqual(new Map([['day', 10]]))
      expect((await ledger.reserve({ id: '3', entries: [entry('day', 90, 100)], now: 2 })).granted).toBe(true)
      expect(await ledger.used('day')).toBe(100)
      expect(await ledger.used('unknown')).toBe(0)
    })

    it('reserves from all accounts or from none', async () => {
      const ledger = await createLedger()
      const entries = [entry('day', 10, 100), entry('hour', 10, 15), entry('month', 10, 1000)]
      expect((await ledger.reserve({ id: '1', entries, now: 0 })).granted).toBe(true)
      expect(await ledger.reserve({ id: '2', entries, now: 0 })).toEqual({ granted: false, account: 'hour', limit: 15, used: 10 })
      expect(await Promise.all(['day', 'hour', 'month'].map((account) => ledger.used(account)))).toEqual([10, 10, 10])
    })

    it('counts an account that is named twice twice', async () => {
      const ledger = await createLedger()
      expect(await ledger.reserve({ id: '1', entries: [entry('a', 6, 10), entry('a', 6, 10)], now: 0 })).toMatchObject({
        granted: false,
        used: 0
      })
      expect(await ledger.reserve({ id: '2', entries: [entry('a', 5, 10), entry('a', 5, 10)], now: 0 })).toMatchObject({
        granted: true,
        used: new Map([['a', 10]])
      })
      expect(await ledger.settle('2', new Map([['a', 3]]))).toEqual(new Map([['a', 3]]))
    })

    it('settles once, ignores unknown ids, and lets a call cost more than it reserved', async () => {
      const ledger = await createLedger()
      await ledger.reserve({ id: '1', entries: [entry('a', 10, 10)], now: 0 })
      expect(await ledger.settle('1', new Map([['a', 25]]))).toEqual(new Map([['a', 25]]))
      expect(await ledger.settle('1', new Map([['a', 0]]))).toEqual(new Map())
      expect(await ledger.settle('nobody', new Map([['a', 1]]))).toEqual(new Map())
      expect(await ledger.used('a')).toBe(25)
      expect(await ledger.reserve({ id: '2', entries: [entry('a', 0, 10)], now: 0 })).toMatchObject({ granted: false, used: 25 })
    })

    it('keeps in full what a settlement does not name, and ignores accounts that were not reserved', async () => {
      const ledger = await createLedger()
      await ledger.reserve({ id: '1', entries: [entry('a', 10, 100), entry('b', 20, 100)], now: 0 })
      expect(
        await ledger.settle(
          '1',
          new Map([
            ['a', 1],
            ['c', 5]
          ])
        )
      ).toEqual(new Map([['a', 1]]))
      expect(await Promise.all(['a', 'b', 'c'].map((account) => ledger.used(account)))).toEqual([1, 20, 0])
    })

    it('reserves once for one id, however often it is asked', async () => {
      const ledger = await createLedger()
      const reservation = { id: 'same', entries: [entry('a', 10, 15)], now: 0 }
      const answers = [await ledger.reserve(reservation), await ledger.reserve(reservation)]
      expect(answers).toMatchObject(Array.from({ length: 2 }, () => ({ granted: true, used: new Map([['a', 10]]) })))
    })

    it('gives back what was not used, though the call came behind a later one that began the period', async () => {
      const ledger = await createLedger()
      await ledger.reserve({ id: 'later', entries: [entry('a', 10, 100)], now: 5 })
      await ledger.reserve({ id: 'earlier', entries: [entry('a', 10, 100)], now: 0 })
      expect(await ledger.settle('earlier', new Map([['a', 4]]))).toEqual(new Map([['a', 14]]))
      expect(await ledger.settle('later', new Map([['a', 4]]))).toEqual(new Map([['a', 8]]))
    })

    it('begins a new period at 0, and a call of the old one takes nothing from it', async () => {
      const ledger = await createLedger()
      const at = (id: string, now: number): Promise<Reserved> =>
        ledger.reserve({ id, entries: [entry('day', 100, 100, now < 5000 ? 5000 : 9000)], now })
      expect((await at('1', 0)).granted).toBe(true)
      expect((await at('2', 4999)).granted).toBe(false)
      expect((await at('3', 5000)).granted).toBe(true)
      expect(await ledger.settle('1', new Map([['day', 0]]))).toEqual(new Map())
      expect(await ledger.used('day')).toBe(100)
    })

    it('keeps an account that later calls prolong', async () => {
      const ledger = await createLedger()
      await ledger.reserve({ id: '1', entries: [entry('run', 1, 9, 5000)], now: 0 })
      await ledger.reserve({ id: '2', entries: [entry('run', 1, 9, 9000)], now: 4000 })
      expect(await ledger.reserve({ id: '3', entries: [entry('run', 1, 9, 9000)], now: 8000 })).toMatchObject({
        granted: true,
        used: new Map([['run', 3]])
      })
    })

    it('grants exactly 50 of 200 calls that come at once on a budget for 50, and 25 more when half is given back', async () => {
      const ledger = await createLedger()
      const all = (round: string): Promise<Reserved[]> =>
        Promise.all(
          Array.from({ length: 200 }, (_, index) =>
            ledger.reserve({ id: `${round}${index}`, entries: [entry('b', 1_000_000, 50_000_000)], now: 5 })
          )
        )
      const first = await all('a')
      const granted = first.flatMap((answer, index) => (answer.granted ? [`a${index}`] : []))
      expect(granted).toHaveLength(50)
      await Promise.all(granted.map((id) => ledger.settle(id, new Map([['b', 500_000]]))))
      expect(await ledger.used('b')).toBe(25_000_000)
      expect((await all('c')).filter((answer) => answer.granted)).toHaveLength(25)
      expect(await ledger.used('b')).toBe(50_000_000)
    })

    it('stays whole with large numbers', async () => {
      const ledger = await createLedger()
      const large = 2 ** 52 + 1
      await ledger.reserve({ id: '1', entries: [entry('a', large, Number.POSITIVE_INFINITY)], now: 0 })
      await ledger.reserve({ id: '2', entries: [entry('a', 1, Number.POSITIVE_INFINITY)], now: 0 })
      expect(await ledger.used('a')).toBe(large + 1)
    })

    it.each([0.5, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses an amount of %s', async (amount) => {
      const ledger = await createLedger()
      await ledger.reserve({ id: '1', entries: [entry('a', 1, 9)], now: 0 })
      await expect(ledger.reserve({ id: '2', entries: [entry('a', amount, 9)], now: 0 })).rejects.toMatchObject({
        code: 'invalid_amount'
      })
      await expect(ledger.settle('1', new Map([['a', amount]]))).rejects.toThrow(LedgerError)
      await expect(ledger.take('k', { limit: 1, windowMs: 1, now: 0, amount })).rejects.toMatchObject({ code: 'invalid_amount' })
      expect(await ledger.used('a')).toBe(1)
    })

    it('takes any text for a name', async () => {
      const ledger = await createLedger()
      for (const account of ['__proto__', '', 'a:b', 'é\n"{}', 'constructor']) {
        expect((await ledger.reserve({ id: account, entries: [entry(account, 1, 1)], now: 0 })).granted, account).toBe(true)
        expect((await ledger.reserve({ id: `${account}2`, entries: [entry(account, 1, 1)], now: 0 })).granted, account).toBe(
          false
        )
        expect(await ledger.settle(account, new Map([[account, 0]])), account).toEqual(new Map([[account, 0]]))
      }
    })

    it('is never over a limit and never loses money, whatever comes in whichever order', async () => {
      const step = fc.record({
        settles: fc.boolean(),
        pick: fc.nat(20),
        amounts: fc.tuple(fc.nat(40), fc.nat(40)),
        share: fc.double({ min: 0, max: 1, noNaN: true })
      })
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 8 }), async (bursts) => {
          const ledger = await createLedger()
          const limits = { a: 100, b: 70 }
          const held = new Map<string, { a: number; b: number }>()
          const spent = { a: 0, b: 0 }
          let count = 0
          for (const burst of bursts) {
            await Promise.all(
              burst.map(async ({ settles, pick, amounts: [a, b], share }) => {
                const found = [...held][pick]
                if (settles && found) {
                  held.delete(found[0])
                  const actual = { a: Math.floor(found[1].a * share), b: Math.floor(found[1].b * share) }
                  spent.a += actual.a
                  spent.b += actual.b
                  await ledger.settle(found[0], new Map(Object.entries(actual)))
                } else {
                  const id = String((count += 1))
                  const answer = await ledger.reserve({ id, entries: [entry('a', a, limits.a), entry('b', b, limits.b)], now: 0 })
                  if (answer.granted) held.set(id, { a, b })
                }
              })
            )
            for (const account of ['a', 'b'] as const) {
              const used = await ledger.used(account)
              expect(used).toBe(spent[account] + [...held.values()].reduce((sum, amounts) => sum + amounts[account], 0))
              expect(used).toBeLessThanOrEqual(limits[account])
            }
          }
        }),
        { numRuns: runs }
      )
    })
  })
}

const NO_ROOM = { granted: false } as const

function testSeats(name: string, createLedger: CreateLedger): void {
  describe(`${name} counts calls under way`, () => {
    const sit = (ledger: Ledger, id: string, limit = 3, now = 0): Promise<Reserved> =>
      ledger.reserve({ id, entries: [], seats: [{ seats: 'k:1', limit }], now })
    const leave = (ledger: Ledger, id: string): Promise<unknown> =>
      ledger.settle(id, new Map(), { windows: new Map(), seats: ['k:1'] })

    it('has so many seats and no more, until one is given back', async () => {
      const ledger = await createLedger()
      const seated = await Promise.all(Array.from({ length: 10 }, (_, index) => sit(ledger, String(index))))
      const ids = seated.flatMap((seat, index) => (seat.granted ? [String(index)] : []))
      expect(ids).toHaveLength(3)
      expect(await sit(ledger, 'a')).toEqual({ ...NO_ROOM, seats: 'k:1', running: 3 })
      const other = { id: 'other', entries: [], seats: [{ seats: 'other', limit: 1 }], now: 0 }
      expect(await ledger.reserve(other)).toMatchObject({ granted: true, running: new Map([['other', 1]]) })
      await leave(ledger, ids[0]!)
      await leave(ledger, ids[0]!)
      await leave(ledger, 'unknown')
      expect((await sit(ledger, 'b')).granted).toBe(true)
      expect((await sit(ledger, 'b')).granted).toBe(true)
      expect((await sit(ledger, 'c')).granted).toBe(false)
    })

    it('is true whatever the clock says meanwhile', async () => {
      const ledger = await createLedger()
      expect((await sit(ledger, 'a', 1, 0)).granted).toBe(true)
      expect((await sit(ledger, 'b', 1, 20_000)).granted).toBe(false)
      await leave(ledger, 'a')
      expect((await sit(ledger, 'c', 1, 20_000)).granted).toBe(true)
    })
  })

  describe(`${name} reserves from accounts, windows and seats together`, () => {
    const call = (id: string, amount: number, now = 0, tokens = amount): Parameters<Ledger['reserve']>[0] => ({
      id,
      entries: [entry('day', amount, 100)],
      windows: [
        { window: 'requests', limit: 4, windowMs: WINDOW, amount: 1 },
        { window: 'tokens', limit: 50, windowMs: WINDOW * 2, amount: tokens }
      ],
      seats: [{ seats: 's', limit: 3 }],
      now
    })
    const done = (ledger: Ledger, id: string, used: number): Promise<unknown> =>
      ledger.settle(id, new Map([['day', used]]), { windows: new Map([['tokens', used]]), seats: ['s'] })
    const counts = async (ledger: Ledger, now = 0): Promise<unknown> => {
      // Limits without an end refuse nothing, and show what is there.
      const seen = await ledger.reserve({
        id: `look ${Math.random()}`,
        entries: [],
        windows: ['requests', 'tokens'].map((window, index) => {
          return { window, limit: Number.POSITIVE_INFINITY, windowMs: WINDOW * (index + 1), amount: 0 }
        }),
        now
      })
      return [await ledger.used('day'), ...(seen.granted ? seen.windows.values() : [])]
    }

    it('says what each holds, and when the oldest part of a window is free', async () => {
      const ledger = await createLedger()
      await ledger.reserve(call('1', 10, 100))
      expect(await ledger.reserve(call('2', 20, 400))).toEqual({
        granted: true,
        used: new Map([['day', 30]]),
        windows: new Map([
          ['requests', { used: 2, freeInMs: 700 }],
          ['tokens', { used: 30, freeInMs: 1700 }]
        ]),
        running: new Map([['s', 2]])
      })
    })

    it('takes nothing anywhere when one of them refuses', async () => {
      const ledger = await createLedger()
      expect((await ledger.reserve(call('1', 30))).granted).toBe(true)
      const before = await counts(ledger)
      expect(await ledger.reserve(call('2', 71, 0, 0))).toEqual({ ...NO_ROOM, account: 'day', limit: 100, used: 30 })
      expect(await ledger.reserve(call('3', 30))).toEqual({ ...NO_ROOM, window: 'tokens', retryAfterMs: 2 * WINDOW })
      expect(await ledger.reserve(call('4', 51))).toEqual({
        ...NO_ROOM,
        window: 'tokens',
        retryAfterMs: Number.POSITIVE_INFINITY
      })
      await ledger.reserve(call('5', 1))
      await ledger.reserve(call('6', 1))
      expect(await ledger.reserve(call('7', 1))).toEqual({ ...NO_ROOM, seats: 's', running: 3 })
      await done(ledger, '5', 0)
      await done(ledger, '6', 0)
      expect(await counts(ledger)).toEqual([30, { used: 3, freeInMs: WINDOW }, { used: 30, freeInMs: 2 * WINDOW }])
      expect(before).toEqual([30, { used: 1, freeInMs: WINDOW }, { used: 30, freeInMs: 2 * WINDOW }])
    })

    it('says the longest wait of several windows', async () => {
      const ledger = await createLedger()
      for (const id of ['1', '2', '3']) await ledger.reserve(call(id, 15))
      await done(ledger, '1', 15)
      await ledger.reserve(call('4', 5))
      await done(ledger, '2', 15)
      expect(await ledger.reserve(call('5', 5, 10))).toEqual({ ...NO_ROOM, window: 'tokens', retryAfterMs: 2 * WINDOW - 10 })
    })

    it('settles a window at the moment of the call, by more or by less, and not at all when it has passed', async () => {
      const ledger = await createLedger()
      await ledger.reserve(call('1', 40, 0))
      await done(ledger, '1', 10)
      await ledger.reserve(call('2', 30, 500))
      await done(ledger, '2', 45)
      expect(await counts(ledger, 600)).toEqual([55, { used: 2, freeInMs: 400 }, { used: 55, freeInMs: 1400 }])
      expect(await counts(ledger, 2000)).toEqual([55, { used: 0, freeInMs: 0 }, { used: 45, freeInMs: 500 }])
      await ledger.reserve(call('3', 5, 2400))
      expect(await counts(ledger, 4400)).toEqual([60, { used: 0, freeInMs: 0 }, { used: 0, freeInMs: 0 }])
      await done(ledger, '3', 0)
      expect(await counts(ledger, 4400)).toEqual([55, { used: 0, freeInMs: 0 }, { used: 0, freeInMs: 0 }])
    })

    it('lets no calls at once take more of a window than there is', async () => {
      const ledger = await createLedger()
      const window = (id: number): Parameters<Ledger['reserve']>[0] => ({
        id: String(id),
        entries: [],
        windows: [{ window: 'w', limit: 100, windowMs: WINDOW, amount: 9 }],
        now: 7
      })
      const answers = await Promise.all(Array.from({ length: 40 }, (_, id) => ledger.reserve(window(id))))
      expect(answers.filter(({ granted }) => granted)).toHaveLength(11)
    })

    it('refuses everything after its end, which may be told twice', async () => {
      const ledger = await createLedger()
      await ledger.close()
      await ledger.close()
      await expect(ledger.used('a')).rejects.toMatchObject({ code: 'ledger_closed' })
      await expect(ledger.take('k', { limit: 1, windowMs: 1, now: 0 })).rejects.toMatchObject({ code: 'ledger_closed' })
    })
  })
}
