/** What a file ledger writes: one line of JSON for each change, after a first line that holds the whole state. */
import { LedgerError } from './ledger.ts'
import { emptyState, reserve, settle, take, type LedgerState } from './ledger-state.ts'

/** A change, as its line says it. */
export type Change =
  | readonly ['take', key: string, now: number, windowMs: number, amount: number]
  | readonly [
      'reserve',
      id: string,
      now: number,
      entries: readonly (readonly [account: string, amount: number, expiresAt: number])[],
      windows?: readonly (readonly [window: string, amount: number, windowMs: number])[]
    ]
  | readonly ['settle', id: string, actual: Amounts, windows?: Amounts]

type Amounts = readonly (readonly [name: string, amount: number])[]

interface Image {
  readonly ledger: 1
  readonly rates: readonly (readonly [
    string,
    { readonly windowMs: number; readonly taken: [number, number][]; readonly total: number }
  ])[]
  readonly accounts: readonly (readonly [string, { readonly used: number; readonly expiresAt: number; readonly since: number }])[]
  readonly reservations: readonly (readonly [id: string, at: number, accounts: Amounts, windows?: Amounts])[]
}

/** The first line of a journal: the state as it is. */
export function formatState({ rates, accounts, reservations }: LedgerState): string {
  const image: Image = {
    ledger: 1,
    rates: [...rates],
    accounts: [...accounts],
    reservations: [...reservations].map(([id, { at, amounts, windows }]) => [id, at, [...amounts], [...windows]])
  }
  return `${JSON.stringify(image)}\n`
}

export function formatChange(change: Change): string {
  return `${JSON.stringify(change)}\n`
}

/**
 * The state that a journal tells. A last line that a crash has cut is left out: what it said was never granted.
 * @throws LedgerError `ledger_broken`
 */
export function readJournal(text: string, file: string): LedgerState {
  const lines = text.split('\n')
  // After the last line end stands nothing, or what a crash has cut.
  lines.pop()
  const [first, ...changes] = lines
  if (first === undefined) return emptyState()
  try {
    const state = readState(JSON.parse(first) as Image)
    for (const [index, line] of changes.entries()) {
      const change = readChange(line, index === changes.length - 1)
      if (change) apply(state, change)
    }
    return state
  } catch (error) {
    const advice = 'Put a copy of it back; or move it away, and the counts of budgets and rates begin at 0.'
    throw new LedgerError('ledger_broken', `The ledger ${file} cannot be read: it is damaged, or no ledger. ${advice}`, {
      cause: error
    })
  }
}

function readState(image: Image): LedgerState {
  if (image.ledger !== 1) throw new Error('not a ledger of version 1')
  return {
    rates: new Map(image.rates),
    accounts: new Map(image.accounts),
    reservations: new Map(
      image.reservations.map(([id, at, amounts, windows]) => [id, { at, amounts: new Map(amounts), windows: new Map(windows) }])
    ),
    seats: new Map()
  }
}

/** A power cut can leave the last line at its length and without its text. */
function readChange(line: string, isLast: boolean): Change | undefined {
  try {
    return JSON.parse(line) as Change
  } catch (error) {
    if (isLast) return undefined
    throw error
  }
}

/** Every change was granted when it was written, so no limit is asked again. */
function apply(state: LedgerState, change: Change): void {
  const limit = Number.POSITIVE_INFINITY
  if (change[0] === 'take') {
    const [, key, now, windowMs, amount] = change
    take(state, key, { limit, windowMs, now, amount })
  } else if (change[0] === 'reserve') {
    const [, id, now, entries, windows = []] = change
    reserve(state, {
      id,
      now,
      entries: entries.map(([account, amount, expiresAt]) => ({ account, limit, amount, expiresAt })),
      windows: windows.map(([window, amount, windowMs]) => ({ window, limit, amount, windowMs }))
    })
  } else if (change[0] === 'settle') settle(state, change[1], new Map(change[2]), { windows: new Map(change[3]), seats: [] })
  else throw new Error(`unknown change ${String(change[0])}`)
}
