/** What a call takes before it goes out, and gives back when it ends: from budgets, windows and seats, all or nothing. */
import { describe, expect, it } from 'vitest'
import { rateHeaders } from '../../src/firewall/rate-limit.ts'
import type { Spent } from '../../src/firewall/held.ts'
import { createSpending, type OutgoingCall, type Reserving, type Spending } from '../../src/firewall/spending.ts'
import type { Json } from '../../src/http/json.ts'
import { createBudgetAccounts } from '../../src/metering/budget-accounts.ts'
import { parseBudgets } from '../../src/metering/budgets.ts'
import type { Ledger } from '../../src/metering/ledger.ts'
import { createMemoryLedger } from '../../src/metering/memory-ledger.ts'
import { loadPriceList } from '../../src/metering/prices.ts'
import { createRates, parseRates } from '../../src/metering/rates.ts'
import type { ModelCall, TokenLimit } from '../../src/providers/provider.ts'
import { modelCall } from './test-rule.ts'

const list = await loadPriceList()
/** Input is free, a token of output costs 1000 micro-USD. */
const prices = [{ model: 'priced', input: 0, output: 1000 }]

interface Given {
  readonly rate?: string
  readonly budget?: string
  readonly ledger?: Ledger
}

class Rig {
  readonly spending: Spending
  readonly #rates
  #count = 0
  constructor({ rate, budget, ledger = createMemoryLedger() }: Given) {
    const accountsOf = budget === undefined ? undefined : createBudgetAccounts({ budgets: parseBudgets(budget), runId: 'r' })
    this.spending = createSpending({ ledger, list, prices, accountsOf, unpricedModels: 'allow', report: () => undefined })
    this.#rates = createRates(rate === undefined ? [] : parseRates(rate))
  }

  outgoing(parts: Partial<OutgoingCall> & { readonly value?: Json; readonly max?: Json } = {}): OutgoingCall {
    const { value = {}, max = 10, ...rest } = parts
    const tokenLimits: TokenLimit[] = max === null ? [] : [{ path: ['max_tokens'], value: max }]
    const call: ModelCall = modelCall({ models: ['priced'], tokenLimits })
    const content = { kind: 'json', value, text: JSON.stringify(value) } as const
    const rates = this.#rates({ models: call.models })
    this.#count += 1
    return { id: String(this.#count), at: 0, call, content, bodyBytes: 100, edits: [], caller: undefined, rates, ...rest }
  }

  reserve(parts?: Parameters<Rig['outgoing']>[0]): Promise<Reserving> {
    return this.spending.reserve(this.outgoing(parts))
  }
}

async function held(reserving: Promise<Reserving>): Promise<Reserving & { readonly kind: 'held' }> {
  const got = await reserving
  if (got.kind !== 'held') throw new Error(got.error.message)
  return got
}

async function refused(reserving: Promise<Reserving>): Promise<Reserving & { readonly kind: 'refused' }> {
  const got = await reserving
  if (got.kind === 'held') throw new Error('It was let out.')
  return got
}

const told = (outputTokens: number, isWhole = true, microUsd = outputTokens * 1000): Spent => ({
  usage: { inputTokens: 0, outputTokens },
  cost: { microUsd, complete: true },
  isWhole
})

describe('requests', () => {
  it('are counted in any sixty seconds, not in each minute of the clock, and the wait is true', async () => {
    const rig = new Rig({ rate: '2' })
    await held(rig.reserve({ at: 59_000 }))
    await held(rig.reserve({ at: 59_500 }))
    const { error, rule, rates } = await refused(rig.reserve({ at: 60_500 }))
    expect(rule).toBe('rate-limit')
    expect(error).toEqual({
      status: 429,
      type: 'rate_limit_error',
      code: 'proxy_rate_limit_exceeded',
      message: 'Rate limit of this proxy exceeded: 2 requests a minute. Try again in 59 s.',
      param: null,
      retry: true,
      retryAfterMs: 58_500
    })
    expect(rateHeaders(rates)).toEqual([
      ['x-openai-proxy-ratelimit-limit-requests', '2'],
      ['x-openai-proxy-ratelimit-remaining-requests', '0'],
      ['x-openai-proxy-ratelimit-reset-requests', '58.5s']
    ])
    await refused(rig.reserve({ at: 118_999 }))
    await held(rig.reserve({ at: 119_000 }))
  })

  it('count for all endpoints, those without a model too, and stay counted whatever became of them', async () => {
    const rig = new Rig({ rate: '2' })
    const call = modelCall({ models: [], isModelEndpoint: false })
    const outgoing = rig.outgoing({ call })
    const first = await held(rig.spending.reserve(outgoing))
    await rig.spending.settle(outgoing.id, first.held, 'nothing')
    await held(rig.reserve())
    await refused(rig.reserve({ call }))
  })

  it('leave nothing behind in the ledger, and bind no output', async () => {
    const memory = createMemoryLedger()
    const settled: string[] = []
    const ledger: Ledger = { ...memory, settle: (id, ...rest) => (settled.push(id), memory.settle(id, ...rest)) }
    const rig = new Rig({ rate: '9', ledger })
    const outgoing = rig.outgoing()
    const { held: hold } = await held(rig.spending.reserve(outgoing))
    expect(hold.outputLimit).toBeUndefined()
    await rig.spending.settle(outgoing.id, hold, told(1))
    expect(settled).toEqual([outgoing.id])
    // A call that no limit holds for is none of the ledger's.
    const free = new Rig({ ledger })
    await free.spending.settle('free', (await held(free.reserve())).held, told(1))
    expect(settled).toHaveLength(1)
  })

  it('ask for no wait that would hang a client', async () => {
    const rig = new Rig({ rate: '1/hour' })
    await held(rig.reserve())
    const { error } = await refused(rig.reserve({ at: 60_000 }))
    expect(error).toMatchObject({ retry: false, message: expect.stringContaining('1 requests an hour. Try again in 3540 s.') })
    expect(error.retryAfterMs).toBeUndefined()
  })
})

describe('tokens', () => {
  it('are taken at worst, settled by what was used, and calls at once never take more than there are', async () => {
    // 100 bytes of body, 2000 that a provider may add, 10 of output: 2110.
    const rig = new Rig({ rate: '10000 tokens/minute' })
    const all = Array.from({ length: 20 }, () => rig.outgoing())
    const answers = await Promise.all(all.map((one) => rig.spending.reserve(one)))
    expect(answers.filter(({ kind }) => kind === 'held')).toHaveLength(4)
    expect(answers[3]!.rates).toEqual([{ unit: 'tokens', limit: 10_000, remaining: 1560, freeInMs: 60_000 }])
    for (const [index, answer] of answers.entries())
      if (answer.kind === 'held') await rig.spending.settle(all[index]!.id, answer.held, told(10))
    const { rates } = await held(rig.reserve())
    expect(rates).toEqual([{ unit: 'tokens', limit: 10_000, remaining: 10_000 - 40 - 2110, freeInMs: 60_000 }])
  })

  it('stay taken where nobody says what was used, and are never less than reserved where only a part is known', async () => {
    const rig = new Rig({ rate: '10000 tokens/minute' })
    const left = async (spent: Spent | 'nothing'): Promise<number> => {
      const outgoing = rig.outgoing()
      const { held: hold } = await held(rig.spending.reserve(outgoing))
      await rig.spending.settle(outgoing.id, hold, spent)
      const look = rig.outgoing({ call: modelCall({ models: [], isModelEndpoint: false }) })
      return (await held(rig.spending.reserve(look))).rates[0]!.remaining
    }
    expect(await left('nothing')).toBe(10_000)
    expect(await left({ usage: undefined, cost: undefined, isWhole: true })).toBe(10_000 - 2110)
    expect(await left(told(5, false))).toBe(10_000 - 2 * 2110)
    expect(await left(told(3000, false))).toBe(10_000 - 2 * 2110 - 3000)
  })

  it('of a call that nothing bounds are the whole limit: it goes out alone', async () => {
    const rig = new Rig({ rate: '5000 tokens/minute' })
    const value = { previous_response_id: 'resp_1' }
    const outgoing = rig.outgoing({ value })
    const { held: hold, rates } = await held(rig.spending.reserve(outgoing))
    expect(rates[0]!.remaining).toBe(0)
    expect((await refused(rig.reserve())).error.retryAfterMs).toBe(60_000)
    await rig.spending.settle(outgoing.id, hold, told(100))
    expect((await held(rig.reserve())).rates[0]!.remaining).toBe(5000 - 100 - 2110)
    // Never beside another.
    await refused(rig.reserve({ value }))
    await refused(rig.reserve({ bodyBytes: 1_000_000 }))
  })

  it('that a call may say alone beyond the limit are refused for good', async () => {
    const { error } = await refused(new Rig({ rate: '1000 tokens/minute' }).reserve({ max: 1001 }))
    expect(error).toMatchObject({ status: 429, retry: false, message: expect.stringContaining('1001 tokens of output alone') })
  })

  it('are given a limit where a call has none, within the rate', () => {
    const limitOf = (given: Given): unknown[] => {
      const rig = new Rig(given)
      const call = modelCall({ missingTokenLimits: [['max_tokens']] })
      return rig.spending.limitEdits(rig.outgoing({ call })).map(({ value }) => value)
    }
    expect(limitOf({ rate: '60' })).toEqual([])
    expect(limitOf({ rate: '100000 tokens/minute' })).toEqual([16_384])
    expect(limitOf({ rate: '5000 tokens/minute', budget: '1/day' })).toEqual([5000])
  })

  it.each([-1, 0.5, 'inf', 1e300])('are unbounded where the limit is %s, and no amount is ever negative', async (max) => {
    const rig = new Rig({ rate: '5000 tokens/minute', budget: '1000 tokens/day' })
    const { rates, held: hold } = await held(rig.reserve({ max }))
    expect(rates[0]!.remaining).toBe(0)
    expect([...hold.accounts.values()]).toEqual([{ unit: 'tokens', amount: 1000 }])
    expect(hold.outputLimit).toBeUndefined()
  })

  it('of one call are limited once, under whichever names the limit stands, and an edit takes the place of what it edits', async () => {
    const rig = new Rig({ rate: '100000 tokens/minute' })
    const call = modelCall({
      models: ['priced'],
      tokenLimits: [
        { path: ['max_tokens'], value: 5000 },
        { path: ['max_completion_tokens'], value: 7000 }
      ]
    })
    const limitOf = async (edits: OutgoingCall['edits']): Promise<number | undefined> =>
      (await held(rig.reserve({ call, edits }))).held.outputLimit
    expect(await limitOf([])).toBe(7000)
    expect(await limitOf([{ path: ['max_completion_tokens'], value: 100 }])).toBe(5000)
  })
})

describe('calls at once', () => {
  it('have seats, which they give back however they end', async () => {
    const rig = new Rig({ rate: '2 concurrent' })
    for (const spent of ['nothing', told(1), { usage: undefined, cost: undefined, isWhole: false }] as const) {
      const calls = [rig.outgoing(), rig.outgoing()]
      const holds = [await held(rig.spending.reserve(calls[0]!)), await held(rig.spending.reserve(calls[1]!))]
      expect(holds.map(({ rates }) => rates[0]!.remaining)).toEqual([1, 0])
      const { error, rates } = await refused(rig.reserve())
      expect(error).toMatchObject({ retry: true, retryAfterMs: 1000, message: expect.stringContaining('2 calls at once') })
      expect(rateHeaders(rates)).toContainEqual(['x-openai-proxy-ratelimit-remaining-concurrent', '0'])
      for (const [index, { held: hold }] of holds.entries()) await rig.spending.settle(calls[index]!.id, hold, spent)
    }
  })
})

describe('all or nothing', () => {
  it('a budget that refuses takes nothing from any rate, and a rate nothing from the budget', async () => {
    const rig = new Rig({ rate: '3,2 concurrent', budget: '0.02/day' })
    const first = rig.outgoing()
    const { held: hold } = await held(rig.spending.reserve(first))
    for (let round = 0; round < 5; round += 1) {
      const { error, rule } = await refused(rig.reserve({ max: 20 }))
      expect([rule, error.code]).toEqual(['budget', 'insufficient_quota'])
    }
    await rig.spending.settle(first.id, hold, told(1))
    await held(rig.reserve({ max: 0 }))
    const third = await held(rig.reserve({ max: 0 }))
    expect(third.rates.map(({ remaining }) => remaining)).toEqual([0, 0])
    expect((await refused(rig.reserve())).rule).toBe('rate-limit')
    // 0.001 of 0.02 USD is spent: nothing of what the rate refused.
    expect((await refused(rig.reserve({ at: 60_000, max: 20 }))).error.message).toContain('0.019 USD is left')
  })
})
