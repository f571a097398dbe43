/** The counts of a ledger as plain data, and what each operation does to them: shared by the ledgers of one process. */
import {
  checkAmounts,
  type Allowance,
  type Entry,
  type RatesTaken,
  type Refusal,
  type Reservation,
  type Reserved,
  type SeatEntry,
  type Taken,
  type Totals,
  type WindowEntry
} from './ledger.ts'
import { adjust, countWindow, put, sweep, waitFor, type SlidingWindow, type WindowCount } from './sliding-window.ts'

interface Account {
  used: number
  expiresAt: number
  /** When it last began at 0. */
  since: number
}

interface Held {
  readonly at: number
  readonly amounts: Map<string, number>
  /** What was taken of each window. */
  readonly windows: Map<string, number>
}

export interface LedgerState {
  readonly rates: Map<string, SlidingWindow>
  readonly accounts: Map<string, Account>
  readonly reservations: Map<string, Held>
  /** Which calls sit where. They end with the process, so no file keeps them. */
  readonly seats: Map<string, Set<string>>
}

export function emptyState(): LedgerState {
  return { rates: new Map(), accounts: new Map(), reservations: new Map(), seats: new Map() }
}

/** Takes from a sliding window, or says when the same would be granted. */
export function take(state: LedgerState, key: string, { limit, windowMs, now, amount = 1 }: Allowance): Taken {
  checkAmounts([amount])
  const window = openWindow(state, key, windowMs, now)
  const retryAfterMs = waitFor(window, amount, limit, now)
  if (retryAfterMs > 0) return { granted: false, retryAfterMs }
  put(window, amount, now)
  return { granted: true }
}

/** Reserves from all accounts, windows and seats, or from none. */
export function reserve(state: LedgerState, reservation: Reservation): Reserved {
  const { id, entries, windows = [], seats = [], now } = reservation
  checkAmounts(entries.map(({ amount }) => amount))
  checkAmounts(windows.map(({ amount }) => amount))
  const isKnown = state.reservations.has(id)
  if (!isKnown) {
    const refusal = refuseAccount(state, entries, now) ?? refuseWindow(state, windows, now) ?? refuseSeat(state, seats)
    if (refusal) return refusal
    const amounts = new Map<string, number>()
    for (const entry of entries) {
      add(state, entry, now)
      amounts.set(entry.account, (amounts.get(entry.account) ?? 0) + entry.amount)
    }
    const taken = windows.length === 0 ? NONE : new Map<string, number>()
    for (const { window, windowMs, amount } of windows) {
      put(openWindow(state, window, windowMs, now), amount, now)
      taken.set(window, amount)
    }
    for (const { seats: name } of seats) state.seats.set(name, (state.seats.get(name) ?? new Set()).add(id))
    state.reservations.set(id, { at: now, amounts, windows: taken })
  }
  const used = new Map<string, number>()
  for (const { account } of entries) used.set(account, balance(state, account, now))
  const counts = new Map<string, WindowCount>()
  for (const { window, windowMs } of windows) counts.set(window, countWindow(openWindow(state, window, windowMs, now), now))
  const running = seats.length === 0 ? NONE : new Map<string, number>()
  for (const { seats: name } of seats) running.set(name, state.seats.get(name)?.size ?? 0)
  return { granted: true, used, windows: counts, running }
}

/** Nobody puts anything into it. */
const NONE = new Map<string, number>()

/** Replaces what was reserved by what was used, and frees the seats. */
export function settle(state: LedgerState, id: string, actual: Totals, rates?: RatesTaken): Totals {
  checkAmounts([...actual.values(), ...(rates?.windows.values() ?? [])])
  for (const name of rates?.seats ?? []) leaveSeat(state, name, id)
  const held = state.reservations.get(id)
  const used = new Map<string, number>()
  if (!held) return used
  state.reservations.delete(id)
  for (const [name, amount] of actual) {
    const reserved = held.amounts.get(name)
    const account = state.accounts.get(name)
    // A period that has ended since has taken the reservation with it.
    if (reserved === undefined || !account || account.since > held.at) continue
    account.used += amount - reserved
    used.set(name, account.used)
  }
  for (const [name, amount] of rates?.windows ?? []) {
    const reserved = held.windows.get(name)
    const window = state.rates.get(name)
    if (reserved !== undefined && window) adjust(window, held.at, amount - reserved)
  }
  return used
}

/** Forgets what can count no more: windows and accounts that have passed, and reservations of such accounts only. */
export function forget({ rates, accounts, reservations }: LedgerState, now: number): void {
  for (const [key, { taken, windowMs }] of rates) if ((taken.at(-1)?.[0] ?? -Infinity) <= now - windowMs) rates.delete(key)
  for (const [name, { expiresAt }] of accounts) if (expiresAt <= now) accounts.delete(name)
  for (const [id, { at, amounts, windows }] of reservations) {
    const isInWindow = (name: string): boolean => at > now - (rates.get(name)?.windowMs ?? 0)
    if (![...amounts.keys()].some((name) => accounts.has(name)) && ![...windows.keys()].some(isInWindow)) reservations.delete(id)
  }
}

function openWindow({ rates }: LedgerState, name: string, windowMs: number, now: number): SlidingWindow {
  const window = rates.get(name) ?? { windowMs, taken: [], total: 0 }
  rates.set(name, window)
  sweep(window, now)
  return window
}

function refuseAccount(state: LedgerState, entries: readonly Entry[], now: number): Refusal | undefined {
  const asked = new Map<string, number>()
  for (const { account, limit, amount } of entries) {
    const used = balance(state, account, now)
    const sum = (asked.get(account) ?? 0) + amount
    if (used + sum > limit) return { granted: false, account, limit, used }
    asked.set(account, sum)
  }
  return undefined
}

/** The longest wait counts: after it, all of them have room. */
function refuseWindow(state: LedgerState, windows: readonly WindowEntry[], now: number): Refusal | undefined {
  let longest: { window: string; retryAfterMs: number } | undefined
  for (const { window, windowMs, amount, limit } of windows) {
    const retryAfterMs = waitFor(openWindow(state, window, windowMs, now), amount, limit, now)
    if (retryAfterMs > (longest?.retryAfterMs ?? 0)) longest = { window, retryAfterMs }
  }
  return longest && { granted: false, ...longest }
}

function refuseSeat({ seats: taken }: LedgerState, seats: readonly SeatEntry[]): Refusal | undefined {
  for (const { seats: name, limit } of seats) {
    const running = taken.get(name)?.size ?? 0
    if (running >= limit) return { granted: false, seats: name, running }
  }
  return undefined
}

function leaveSeat({ seats }: LedgerState, name: string, id: string): void {
  const taken = seats.get(name)
  taken?.delete(id)
  if (taken?.size === 0) seats.delete(name)
}

function balance({ accounts }: LedgerState, name: string, now: number): number {
  const account = accounts.get(name)
  return account && account.expiresAt > now ? account.used : 0
}

function add({ accounts }: LedgerState, { account: name, amount, expiresAt }: Entry, now: number): void {
  const account = accounts.get(name)
  if (!account || account.expiresAt <= now) {
    accounts.set(name, { used: amount, expiresAt, since: now })
    return
  }
  account.used += amount
  account.expiresAt = Math.max(account.expiresAt, expiresAt)
  // Calls do not reach the ledger in the order in which they were opened, and replicas' clocks differ.
  account.since = Math.min(account.since, now)
}
