/** What a ledger is asked and says, as flat lists: between processes, objects and maps take several times as long to copy. */
import type { Refusal, Reservation, Reserved, RatesTaken, Totals } from '../metering/ledger.ts'
import type { WindowCount } from '../metering/sliding-window.ts'

/** Names and numbers, group after group. */
type Flat = readonly (string | number)[]

/** Groups of account, limit, amount, expiry; of window, limit, length, amount; of seats and limit. */
export type PackedReservation = readonly [id: string, now: number, entries: Flat, windows: Flat, seats: Flat]

/** Groups of account and use; of window, use and wait; of seats and use. */
export type PackedReserved = readonly [used: Flat, windows: Flat, running: Flat] | Refusal

/** Groups of account and amount; of window and amount; the seats. */
export type PackedSettlement = readonly [id: string, actual: Flat, windows: Flat | undefined, seats: readonly string[]]

export function packReservation({ id, now, entries, windows = [], seats = [] }: Reservation): PackedReservation {
  return [
    id,
    now,
    entries.flatMap(({ account, limit, amount, expiresAt }) => [account, limit, amount, expiresAt]),
    windows.flatMap(({ window, limit, windowMs, amount }) => [window, limit, windowMs, amount]),
    seats.flatMap((one) => [one.seats, one.limit])
  ]
}

export function unpackReservation([id, now, entries, windows, seats]: PackedReservation): Reservation {
  return {
    id,
    now,
    entries: groups(entries, 4, ([account, limit, amount, expiresAt]) => {
      return { account: String(account), limit: Number(limit), amount: Number(amount), expiresAt: Number(expiresAt) }
    }),
    windows: groups(windows, 4, ([window, limit, windowMs, amount]) => {
      return { window: String(window), limit: Number(limit), windowMs: Number(windowMs), amount: Number(amount) }
    }),
    seats: groups(seats, 2, ([name, limit]) => ({ seats: String(name), limit: Number(limit) }))
  }
}

export function packReserved(reserved: Reserved): PackedReserved {
  if (!reserved.granted) return reserved
  const windows: (string | number)[] = []
  for (const [name, { used, freeInMs }] of reserved.windows) windows.push(name, used, freeInMs)
  return [packTotals(reserved.used), windows, packTotals(reserved.running)]
}

export function unpackReserved(packed: PackedReserved): Reserved {
  if (!isList(packed)) return packed
  const [used, windows, running] = packed
  const counts = new Map<string, WindowCount>()
  for (let at = 0; at < windows.length; at += 3) {
    counts.set(String(windows[at]), { used: Number(windows[at + 1]), freeInMs: Number(windows[at + 2]) })
  }
  return { granted: true, used: unpackTotals(used), windows: counts, running: unpackTotals(running) }
}

export function packSettlement(id: string, actual: Totals, rates: RatesTaken | undefined): PackedSettlement {
  return [id, packTotals(actual), rates && packTotals(rates.windows), rates?.seats ?? []]
}

export function unpackSettlement([id, actual, windows, seats]: PackedSettlement): [string, Totals, RatesTaken | undefined] {
  return [id, unpackTotals(actual), windows && { windows: unpackTotals(windows), seats }]
}

export function packTotals(totals: Totals): Flat {
  const flat: (string | number)[] = []
  for (const [name, amount] of totals) flat.push(name, amount)
  return flat
}

export function unpackTotals(flat: Flat): Totals {
  const totals = new Map<string, number>()
  for (let at = 0; at < flat.length; at += 2) totals.set(String(flat[at]), Number(flat[at + 1]))
  return totals
}

function groups<T>(flat: Flat, size: number, read: (group: Flat) => T): T[] {
  const all: T[] = []
  for (let at = 0; at < flat.length; at += size) all.push(read(flat.slice(at, at + size)))
  return all
}

function isList(packed: PackedReserved): packed is Exclude<PackedReserved, Refusal> {
  return Array.isArray(packed)
}
