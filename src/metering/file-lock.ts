/** Keeps a file for one process: a lock file beside it that names its owner. */
import { utimes } from 'node:fs/promises'
import { freeLock, isRunning, takeLock, type LockOwner } from '../disk/lock-file.ts'
import { LedgerError } from './ledger.ts'

/** How often the owner shows that it lives, in milliseconds. */
const BEAT_MS = 5_000

/** A lock of another machine (a container that was replaced) counts as left behind after this long, in milliseconds. */
const STALE_MS = 30_000

/** Locks that this process holds: its own number in a lock file that is not among them was another's, before a restart. */
const held = new Set<string>()

/**
 * Takes the lock of a file. A lock whose owner is gone is taken over.
 * @returns gives the lock back
 * @throws LedgerError `ledger_in_use`
 */
export async function lockFile(file: string): Promise<() => void> {
  const lock = `${file}.lock`
  if (held.has(lock)) throw inUse(file, process.pid)
  held.add(lock)
  try {
    const owner = await takeLock(lock, isLeftBehind)
    if (owner) throw inUse(file, owner.pid)
  } catch (error) {
    held.delete(lock)
    throw error
  }
  const beat = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => undefined), BEAT_MS).unref()
  return () => {
    clearInterval(beat)
    freeLock(lock)
    held.delete(lock)
  }
}

function isLeftBehind({ pid, isHere, age }: LockOwner): boolean {
  if (!isHere || !Number.isSafeInteger(pid) || pid <= 0) return age >= STALE_MS
  return pid === process.pid || !isRunning(pid)
}

function inUse(file: string, pid: number): LedgerError {
  const owner = pid > 0 ? `process ${pid}` : 'another process'
  const advice = `Stop that one, give this one a file of its own, or share a Redis: LEDGER=redis://HOST:6379. (A lock left by another machine is free after ${STALE_MS / 1000} s.)`
  return new LedgerError('ledger_in_use', `The ledger ${file} is in use by ${owner}. ${advice}`)
}
