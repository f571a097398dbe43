/** The contract of a ledger: the counts that rate limits and budgets read. It may be another machine, so it is asked asynchronously. */
import type { WindowCount } from './sliding-window.ts'

/** How much may be taken in how long. */
export interface Allowance {
  /** Whole. `Infinity` records what has happened and refuses nothing. */
  readonly limit: number
  /** Length of the sliding window in milliseconds: one and the same for a key. */
  readonly windowMs: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** How much is taken: whole. @default 1 */
  readonly amount?: number
}

export type Taken =
  | { readonly granted: true }
  /** Time until the same call would be granted, if nobody else takes it first; `Infinity` when it asks for more than the whole limit. */
  | { readonly granted: false; readonly retryAfterMs: number }

/** What a call may take of an account at worst. Amounts are whole: micro-USD or tokens. */
export interface Entry {
  readonly account: string
  /** Most that the account may hold. `Infinity` refuses nothing. */
  readonly limit: number
  readonly amount: number
  /** When the account begins again at 0, in milliseconds since 1970. A later moment, given with a later entry, wins. */
  readonly expiresAt: number
}

/** What a call may take of a sliding window at worst. */
export interface WindowEntry {
  readonly window: string
  readonly limit: number
  /** Length in milliseconds: one and the same for a window. */
  readonly windowMs: number
  /** Whole. */
  readonly amount: number
}

/** A seat that a call takes while it runs. */
export interface SeatEntry {
  readonly seats: string
  /** Most that may be taken at once. */
  readonly limit: number
}

export interface Reservation {
  /** Names the reservation until it is settled. The same id a second time reserves nothing more and is granted. */
  readonly id: string
  readonly entries: readonly Entry[]
  /** Each window once. @default none */
  readonly windows?: readonly WindowEntry[]
  /** Each kind of seats once. A seat is free again when the call is settled, or when the process that holds it is gone. @default none */
  readonly seats?: readonly SeatEntry[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What accounts hold: settled and reserved together. */
export type Totals = ReadonlyMap<string, number>

export type Reserved =
  | {
      readonly granted: true
      readonly used: Totals
      /** What each window holds now. */
      readonly windows: ReadonlyMap<string, WindowCount>
      /** How many seats of each kind are taken now. */
      readonly running: Totals
    }
  | Refusal

/** Why nothing was reserved anywhere. Accounts are asked first, then windows, then seats. */
export type Refusal =
  /** The first account that had too little left, its limit, and what it held without this call. */
  | { readonly granted: false; readonly account: string; readonly limit: number; readonly used: number }
  /** The window that will be the last to have room, and when. `Infinity`: the call asks for more than the whole limit. */
  | { readonly granted: false; readonly window: string; readonly retryAfterMs: number }
  /** The first kind of seats that are all taken, and how many run. */
  | { readonly granted: false; readonly seats: string; readonly running: number }

/** What a call has taken of windows in the end, and the seats that it gives back. */
export interface RatesTaken {
  /** A window that is not named keeps what was reserved. */
  readonly windows: Totals
  /** All seats of the reservation. */
  readonly seats: readonly string[]
}

export interface Ledger {
  /** Takes from an allowance, or says when it will be free. A refusal takes nothing. */
  take(key: string, allowance: Allowance): Promise<Taken>
  /**
   * Reserves from all accounts, windows and seats, or from none. A reservation counts in full until it is settled: a crash in flight
   * loses no money.
   */
  reserve(reservation: Reservation): Promise<Reserved>
  /**
   * Replaces what was reserved by what was used, which may be more. An account that is not named keeps what was reserved.
   * An id that is unknown or settled already is ignored.
   * @returns what the named accounts hold now; empty where the id was ignored
   */
  settle(id: string, actual: Totals, rates?: RatesTaken): Promise<Totals>
  /** What an account holds: settled and reserved together; 0 for one that is not known. */
  used(account: string): Promise<number>
  /** Waits for what is under way and lets go of files and connections. Every later call is refused with `ledger_closed`. */
  close(): Promise<void>
}

export type LedgerErrorCode =
  | 'ledger_unavailable'
  | 'ledger_in_use'
  | 'ledger_broken'
  | 'ledger_closed'
  | 'missing_package'
  | 'invalid_amount'

/** A ledger that cannot answer. Its message says what to do; whether the call then goes out is the policy's choice (see `withFailure`). */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode
  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LedgerError'
    this.code = code
  }
}

/** Lets only whole amounts of 0 or more into a ledger: fractions would drift, and a negative amount would be free money. */
export function checkAmounts(amounts: Iterable<number>): void {
  for (const amount of amounts) {
    if (Number.isSafeInteger(amount) && amount >= 0) continue
    throw new LedgerError(
      'invalid_amount',
      `The ledger counts whole amounts of 0 or more, not ${amount}. Round up before it is asked.`
    )
  }
}
