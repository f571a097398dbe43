/** A lock file: one owner at a time, named in it, and taken over where its owner is gone. */
import { unlinkSync, writeFileSync } from 'node:fs'
import { readFile, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Whose a lock is, as far as its file tells. */
export interface LockOwner {
  /** `NaN` or 0 where the file does not say it (yet). */
  readonly pid: number
  /** Whether it runs on this machine; a container counts as one of its own. */
  readonly isHere: boolean
  /** Milliseconds since the file was written or touched. */
  readonly age: number
}

/**
 * Tries to take a lock, once.
 * @param isLeftBehind whether an owner is gone; its lock is taken over
 * @returns the owner who has it, or `undefined` where it was taken. Throws what the file system says
 */
export async function takeLock(lock: string, isLeftBehind: (owner: LockOwner) => boolean): Promise<LockOwner | undefined> {
  if (create(lock)) return undefined
  const found = await readOwner(lock)
  if (found && (!isLeftBehind(found.owner) || !(await remove(lock, found.text)))) return found.owner
  if (create(lock)) return undefined
  return (await readOwner(lock))?.owner ?? NOBODY
}

/** Gives it back. */
export function freeLock(lock: string): void {
  try {
    unlinkSync(lock)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Whether a process of this machine runs. */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The owner of a lock that was given back while it was looked at. */
const NOBODY: LockOwner = { pid: Number.NaN, isHere: false, age: 0 }

/** At once: a few bytes take less than a thread that would write them. */
function create(lock: string): boolean {
  try {
    writeFileSync(lock, `${process.pid} ${hostname()}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    // On a full disk the file is made, but nothing can be written into it.
    if ((error as NodeJS.ErrnoException).syscall === 'write') freeLock(lock)
    throw error
  }
}

/** Moves the lock away before it is deleted: two processes that find it left behind at once cannot delete each other's new one unseen. */
async function remove(lock: string, text: string): Promise<boolean> {
  const aside = `${lock}.${process.pid}`
  try {
    await rename(lock, aside)
  } catch {
    return true
  }
  if ((await readFile(aside, 'utf8')) !== text) {
    await rename(aside, lock)
    return false
  }
  await rm(aside)
  return true
}

async function readOwner(lock: string): Promise<{ readonly owner: LockOwner; readonly text: string } | undefined> {
  try {
    const [text, { mtimeMs }] = [await readFile(lock, 'utf8'), await stat(lock)]
    const [pid, host] = text.trim().split(' ')
    return { text, owner: { pid: Number(pid), isHere: host === hostname(), age: Date.now() - mtimeMs } }
  } catch {
    return undefined
  }
}
