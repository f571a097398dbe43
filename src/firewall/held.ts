/** What is held for a call while it runs: taken from accounts and windows at worst, settled by what it has used. */
import type { Bound } from '../metering/bound.ts'
import type { BudgetAccount } from '../metering/budget-accounts.ts'
import type { Cost } from '../metering/cost.ts'
import type { Entry, SeatEntry, Totals, WindowEntry } from '../metering/ledger.ts'
import { RATE_PERIODS, type Rate } from '../metering/rates.ts'
import type { Usage } from '../metering/usage.ts'

/** What was reserved for a call. */
export interface Held {
  readonly accounts: ReadonlyMap<string, { readonly unit: BudgetAccount['unit']; readonly amount: number }>
  /** Tokens, by window. */
  readonly tokenWindows: Totals
  readonly seats: readonly string[]
  /** Output tokens that were reserved, where they bind all that an answer says; `undefined`: nothing tells when it says too much. */
  readonly outputLimit: number | undefined
}

/** What a call has used. `isWhole`: all of it; else at least so much. */
export interface Spent {
  readonly usage: Usage | undefined
  readonly cost: Cost | undefined
  readonly isWhole: boolean
}

/** What is to be reserved. */
export interface Claims {
  readonly entries: readonly Entry[]
  readonly windows: readonly WindowEntry[]
  readonly seats: readonly SeatEntry[]
}

/**
 * What a call takes of budgets and rates. Of a window it takes no more than the whole: a call that may need more, or that nothing bounds,
 * goes out alone.
 */
export function claim(accounts: readonly BudgetAccount[], rates: readonly Rate[], { microUsd = 0, tokens }: Bound): Claims {
  const entries = accounts.map(({ account, unit, limit, expiresAt }) => {
    // Tokens that nothing bounds may be all that are left, and more.
    const amount = unit === 'usd' ? microUsd : Number.isFinite(tokens) ? tokens : limit
    return { account, limit, expiresAt, amount }
  })
  const windows: WindowEntry[] = []
  const seats: SeatEntry[] = []
  for (const { name, limit: rate } of rates) {
    const { limit } = rate
    if (rate.unit === 'concurrent') seats.push({ seats: name, limit })
    else {
      const amount = rate.unit === 'requests' ? 1 : Math.min(tokens, limit)
      windows.push({ window: name, limit, windowMs: RATE_PERIODS[rate.period], amount })
    }
  }
  return { entries, windows, seats }
}

/**
 * What of the claims is settled later: a request stays a request, whatever became of it.
 * @param outputLimit tokens of output that the call may have, where they bind all that its answer says
 */
export function hold(
  claims: Claims,
  accounts: readonly BudgetAccount[],
  rates: readonly Rate[],
  outputLimit: number | undefined
): Held {
  const held = new Map<string, { readonly unit: BudgetAccount['unit']; readonly amount: number }>()
  for (const [index, { account, unit }] of accounts.entries()) held.set(account, { unit, amount: claims.entries[index]!.amount })
  const tokenWindows = new Map<string, number>()
  for (const { window, amount } of claims.windows) {
    if (rates.some(({ name, limit }) => name === window && limit.unit === 'tokens')) tokenWindows.set(window, amount)
  }
  const isCounted = held.size > 0 || tokenWindows.size > 0
  const seats = claims.seats.map((entry) => entry.seats)
  return { accounts: held, tokenWindows, seats, outputLimit: isCounted ? outputLimit : undefined }
}

/** What a reservation comes to. What nobody knows stays as it was reserved, and what is only known in part is never less. */
export function settledAmount(unit: BudgetAccount['unit'], reserved: number, spent: Spent | 'nothing'): number {
  if (spent === 'nothing') return 0
  const { usage, cost, isWhole } = spent
  const known = unit === 'usd' ? cost?.microUsd : tokensOf(usage)
  if (known === undefined) return reserved
  return isWhole && (unit === 'tokens' || cost?.complete) ? known : Math.max(reserved, known)
}

function tokensOf(usage: Usage | undefined): number | undefined {
  const { inputTokens, outputTokens } = usage ?? {}
  return inputTokens === undefined && outputTokens === undefined ? undefined : (inputTokens ?? 0) + (outputTokens ?? 0)
}
