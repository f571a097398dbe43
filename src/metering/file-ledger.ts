/** A ledger in a file of one process: it survives a restart and `kill -9`. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { makeFolder } from '../disk/make-folder.ts'
import { lockFile } from './file-lock.ts'
import { openJournal, type JournalFile } from './journal-file.ts'
import { formatChange, formatState, readJournal, type Change } from './journal.ts'
import { LedgerError, type Ledger } from './ledger.ts'
import { forget, reserve, settle, take, type LedgerState } from './ledger-state.ts'

export interface FileLedgerOptions {
  /** The journal. Its folder is made; `.lock` and `.next` stand beside it. */
  readonly file: string
  /** Milliseconds since 1970: what has passed by then is left out when the journal is written anew. */
  readonly now: () => number
  /** Lines after which the journal is written anew. @default 10000 */
  readonly compactAfter?: number
}

/**
 * Opens the ledger of a file, or begins one. Every grant and every settlement is on the disk before it is told.
 * Reservations of calls that a crash has ended stay: they count in full until their accounts begin anew.
 * @throws LedgerError `ledger_in_use`, `ledger_broken`, `ledger_unavailable`
 */
export async function openFileLedger({ file: path, now, compactAfter = 10_000 }: FileLedgerOptions): Promise<Ledger> {
  const file = resolve(path)
  const unlock = await prepare(file)
  try {
    const state = readJournal(await readIfThere(file), file)
    const journal = await openJournal(file, () => (forget(state, now()), formatState(state)), compactAfter)
    return fileLedger(state, journal, unlock)
  } catch (error) {
    await unlock()
    throw error instanceof LedgerError ? error : unusable(file, error)
  }
}

function fileLedger(state: LedgerState, journal: JournalFile, unlock: () => void): Ledger {
  let isClosed = false
  const check = (): void => {
    if (isClosed) throw new LedgerError('ledger_closed', 'The ledger is closed, because the proxy is closing. Start it again.')
  }
  const write = (change: Change): Promise<void> => journal.append(formatChange(change))
  return {
    async take(key, allowance) {
      check()
      const taken = take(state, key, allowance)
      if (taken.granted) await write(['take', key, allowance.now, allowance.windowMs, allowance.amount ?? 1])
      return taken
    },
    async reserve(reservation) {
      check()
      const reserved = reserve(state, reservation)
      const { id, now, entries, windows = [] } = reservation
      if (reserved.granted) {
        const accounts = entries.map(({ account, amount, expiresAt }) => [account, amount, expiresAt] as const)
        const rates = windows.map(({ window, amount, windowMs }) => [window, amount, windowMs] as const)
        await write(['reserve', id, now, accounts, rates])
      }
      return reserved
    },
    async settle(id, actual, rates) {
      check()
      const isKnown = state.reservations.has(id)
      const used = settle(state, id, actual, rates)
      if (isKnown) await write(['settle', id, [...actual], [...(rates?.windows ?? [])]])
      return used
    },
    async used(account) {
      check()
      return state.accounts.get(account)?.used ?? 0
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await journal.close()
      unlock()
    }
  }
}

async function prepare(file: string): Promise<() => void> {
  try {
    makeFolder(dirname(file))
    return await lockFile(file)
  } catch (error) {
    throw error instanceof LedgerError ? error : unusable(file, error)
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function unusable(file: string, error: unknown): LedgerError {
  const cause = error instanceof Error ? error.message : String(error)
  return new LedgerError(
    'ledger_unavailable',
    `The ledger ${file} cannot be opened: ${cause}. Choose a file that this user may write.`,
    { cause: error }
  )
}
