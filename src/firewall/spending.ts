/** What calls take: their worst case is reserved before they go out, and what they did not use is given back when they end. */
import { boundCall, boundInputTokens, type Bound } from '../metering/bound.ts'
import type { BudgetAccount, BudgetedCall } from '../metering/budget-accounts.ts'
import { priceOf, type Cost } from '../metering/cost.ts'
import type { Ledger } from '../metering/ledger.ts'
import type { OwnPrice, PriceList } from '../metering/prices.ts'
import type { Rate } from '../metering/rates.ts'
import type { Usage } from '../metering/usage.ts'
import type { ModelCall, ParsedContent, ProxyError } from '../providers/provider.ts'
import { isOutputBound, outputLimitOf, readCallSize, type CallSize } from './call-size.ts'
import { createBudgetWarnings, overBudget, unpriced } from './budget-words.ts'
import { claim, hold, settledAmount, type Held, type Spent } from './held.ts'
import { overRate, rateStatuses, tooLarge, type RateRefusal, type RateStatus } from './rate-limit.ts'
import type { FieldEdit } from './rule.ts'

/** Output tokens that a call is given where neither it nor MAX_TOKENS sets a limit, so that a budget or a rate of tokens can bound it. */
const OUTPUT_LIMIT = 16_384

export interface SpendingParts {
  readonly ledger: Ledger
  readonly list: PriceList
  /** A user's own prices, which come first. */
  readonly prices: readonly OwnPrice[] | undefined
  /** The accounts that a call touches; `undefined`: there is no budget. */
  readonly accountsOf: ((call: BudgetedCall) => readonly BudgetAccount[]) | undefined
  /** Whether models whose price nobody knows may be called. */
  readonly unpricedModels: 'allow' | 'block'
  /** One line for the operator. */
  readonly report: (message: string) => void
}

/** A call, as far as limits ask who makes it and when. */
export interface LimitedCall {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly call: ModelCall
  readonly caller: string | undefined
  /** The rates that hold for it. */
  readonly rates: readonly Rate[]
}

/** A call that is about to go out. */
export interface OutgoingCall extends LimitedCall {
  readonly id: string
  readonly content: ParsedContent
  readonly bodyBytes: number
  /** The rules' edits: a limit may be among them. */
  readonly edits: readonly FieldEdit[]
}

export type Reserving =
  /** `rates`: how much is left of each. */
  { readonly kind: 'held'; readonly held: Held; readonly rates: readonly RateStatus[] } | Refusing

interface Refusing {
  readonly kind: 'refused'
  readonly rule: 'budget' | 'rate-limit'
  readonly error: ProxyError
  /** The rate that had too little left. */
  readonly rates: readonly RateStatus[]
}

export interface Spending {
  /** The limits that a budget, or a rate of tokens, needs where a call sets none. */
  limitEdits(outgoing: LimitedCall): readonly FieldEdit[]
  /** Reserves the worst case from every budget and rate that the call touches, or from none. Throws what the ledger throws. */
  reserve(outgoing: OutgoingCall): Promise<Reserving>
  /** Gives back what was not used. What nobody knows stays as it was reserved. */
  settle(id: string, held: Held, spent: Spent | 'nothing'): Promise<void>
  /** What a call has cost; `undefined` where nobody knows. */
  costOf(call: ModelCall | undefined, usage: Usage | undefined, at: number): Cost | undefined
}

/** Of a call that no budget and no rate holds for: the ledger never heard of it. */
const NOTHING_HELD: Held = { accounts: new Map(), tokenWindows: new Map(), seats: [], outputLimit: undefined }

export function createSpending({ ledger, list, prices, accountsOf, unpricedModels, report }: SpendingParts): Spending {
  const warn = createBudgetWarnings(report)
  const touched = ({ call, caller, at }: LimitedCall): readonly BudgetAccount[] =>
    call.isModelEndpoint ? (accountsOf?.({ at, models: call.models, token: caller }) ?? []) : []

  /** The most that a call may take, in micro-USD (`undefined`: nobody knows) and in tokens (`Infinity`: nothing bounds them). */
  function bound({ call, bodyBytes, at }: OutgoingCall, size: CallSize, outputLimit: number | undefined): Bound {
    const { images, readsElsewhere, webSearches, serviceTier } = size
    const inputTokens = boundInputTokens(bodyBytes, { images, readsElsewhere })
    const { provider } = call
    const bounds = call.models.map((model) =>
      boundCall({ list, prices, provider, model, inputTokens, outputLimit, webSearches, serviceTier, at })
    )
    const microUsd = bounds.some((one) => one.microUsd === undefined) ? undefined : most(bounds.map((one) => one.microUsd!))
    return { microUsd, tokens: most(bounds.map(({ tokens }) => tokens)) ?? Number.POSITIVE_INFINITY }
  }

  return {
    limitEdits(outgoing) {
      const { call, rates } = outgoing
      const mostTokens = rates.filter(({ limit }) => limit.unit === 'tokens').map(({ limit }) => limit.limit)
      if (touched(outgoing).length === 0 && mostTokens.length === 0) return []
      return call.missingTokenLimits.map((path) => ({ path, value: Math.min(OUTPUT_LIMIT, ...mostTokens) }))
    },
    async reserve(outgoing) {
      const { id, call, content, edits, at, rates } = outgoing
      const accounts = touched(outgoing)
      const outputLimit = outputLimitOf(call, content, edits)
      const size = readCallSize(content)
      const worst = call.isModelEndpoint ? bound(outgoing, size, outputLimit) : { microUsd: 0, tokens: 0 }
      if (worst.microUsd === undefined && unpricedModels === 'block') return overspent(unpriced(call))
      if (accounts.length === 0 && rates.length === 0) return { kind: 'held', held: NOTHING_HELD, rates: [] }
      const small = rates.find(({ limit }) => limit.unit === 'tokens' && call.isModelEndpoint && (outputLimit ?? 0) > limit.limit)
      if (small) return limited(tooLarge(small, outputLimit!))

      const claims = claim(accounts, rates, worst)
      const { entries, windows, seats } = claims
      const reserved = await ledger.reserve({ id, entries, windows, seats, now: at })
      if (reserved.granted) {
        warn(accounts, reserved.used)
        const boundLimit = isOutputBound(content, size) ? outputLimit : undefined
        return { kind: 'held', held: hold(claims, accounts, rates, boundLimit), rates: rateStatuses(rates, reserved) }
      }
      if (!('account' in reserved)) return limited(overRate(rates, reserved))
      const index = accounts.findIndex(({ account }) => account === reserved.account)
      return overspent(overBudget(accounts[index]!, reserved.used, entries[index]!.amount))
    },
    async settle(id, held, spent) {
      if (held === NOTHING_HELD) return
      const { accounts, tokenWindows, seats } = held
      const actual = new Map<string, number>()
      for (const [name, { unit, amount }] of accounts) actual.set(name, settledAmount(unit, amount, spent))
      const windows = new Map<string, number>()
      for (const [name, amount] of tokenWindows) windows.set(name, settledAmount('tokens', amount, spent))
      await ledger.settle(id, actual, { windows, seats })
    },
    costOf(call, usage, at) {
      if (!call?.model || !usage) return undefined
      return priceOf({ list, prices, provider: call.provider, model: call.model, usage, at })
    }
  }
}

function most(amounts: readonly number[]): number | undefined {
  return amounts.length === 0 ? undefined : Math.max(...amounts)
}

function overspent(error: ProxyError): Refusing {
  return { kind: 'refused', rule: 'budget', error, rates: [] }
}

function limited({ error, status }: RateRefusal): Refusing {
  return { kind: 'refused', rule: 'rate-limit', error, rates: [status] }
}
