/** Lets one process at a time write to a cassette: a lock file beside it, for as long as one interaction is appended. */
import { setTimeout as sleep } from 'node:timers/promises'
import { freeLock, isRunning, takeLock, type LockOwner } from '../disk/lock-file.ts'
import { CassetteError } from './interaction.ts'

/** Writing takes milliseconds: a lock this old was left behind, whoever its owner was. In milliseconds. */
const STALE_MS = 20_000

/** So is a lock this old that does not name its owner. In milliseconds. */
const NAMELESS_STALE_MS = 1000

/** Longest wait for others, in milliseconds. */
const PATIENCE_MS = 30_000

/**
 * Waits for the cassette's lock, and keeps it for a task.
 * @throws CassetteError where another process does not give it back; what the file system says where no lock can be made
 */
export async function whileLocked<T>(path: string, task: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  const startedAt = Date.now()
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    const owner = await takeLock(lock, isLeftBehind)
    if (!owner) break
    if (Date.now() - startedAt > PATIENCE_MS) throw busy(path, lock, owner)
    // Two that wait for the same lock should not ask at the same moments.
    await sleep(pause * (0.5 + Math.random()))
  }
  try {
    return await task()
  } finally {
    freeLock(lock)
  }
}

/** The threads of a process (test runners use them) share its number: of them only the age tells. */
function isLeftBehind({ pid, isHere, age }: LockOwner): boolean {
  const isNameless = !Number.isSafeInteger(pid) || pid <= 0
  if (isNameless) return age > NAMELESS_STALE_MS
  return age > STALE_MS || (isHere && pid !== process.pid && !isRunning(pid))
}

function busy(path: string, lock: string, { pid }: LockOwner): CassetteError {
  const owner = pid > 0 ? `process ${pid}` : 'another process'
  const message = `Cannot write the cassette ${path}: ${owner} has been writing to it for too long. Stop it, or delete ${lock} where it is gone.`
  return new CassetteError('cassette_unwritable', message)
}
