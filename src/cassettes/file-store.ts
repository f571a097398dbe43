/** Cassettes on disk: read by ranges, changed by one process at a time. */
import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { open, truncate, type FileHandle } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../disk/make-folder.ts'
import { CassetteError } from './interaction.ts'
import { createSideFolder } from './side-files.ts'
import type { CassetteStore, CassetteWriter, FileState } from './store.ts'
import { whileLocked } from './write-lock.ts'

/** @param cassette the cassette that the file is to become: the folder beside it is named after that */
export function createFileStore(path: string, cassette = path): CassetteStore {
  const { nameFile, readFile, withFiles } = createSideFolder(cassette)
  /** @param file where it is appended; opened with the first append, and open as long as the lock is held */
  const createWriter = (file: () => number): CassetteWriter => ({
    cut: (bytes) => orUnwritable(path, () => truncate(path, bytes)),
    append: (bytes, size, files) => orUnwritable(path, () => withFiles(files, () => appendWhole(file(), bytes, size)))
  })
  return {
    nameFile,
    readFile,
    state: () => orUnreadable(path, () => stateOf(path)),
    async read(start, into) {
      let file: FileHandle | undefined
      try {
        file = await open(path, 'r')
        for (let filled = 0; ;) {
          const { bytesRead } = await file.read(into, filled, into.length - filled, start + filled)
          filled += bytesRead
          if (bytesRead === 0 || filled === into.length) return filled
        }
      } catch (error) {
        throw unreadable(path, error as NodeJS.ErrnoException)
      } finally {
        await file?.close()
      }
    },
    readNow: (start, into) => orUnreadable(path, () => readRange(path, start, into)),
    write: (task) =>
      orUnwritable(path, () => {
        makeFolder(dirname(path))
        return whileLocked(path, () => whileOpen(path, (file) => task(createWriter(file))))
      })
  }
}

/**
 * Runs a task while no process writes to a cassette; what the task does is its own affair.
 * @throws what the task throws, and `CassetteError` where the lock cannot be taken
 */
export async function whileNobodyWrites<T>(path: string, task: () => Promise<T>): Promise<T> {
  let isLocked = false
  try {
    return await whileLocked(path, () => {
      isLocked = true
      return task()
    })
  } catch (error) {
    throw isLocked || error instanceof CassetteError ? error : unwritable(path, error as NodeJS.ErrnoException)
  }
}

/**
 * Tries whether a cassette can be written, and writes nothing to it; its folder is made, and its lock is taken for a moment.
 * @throws `CassetteError` where it cannot
 */
export async function assertWritable(path: string): Promise<void> {
  await createFileStore(path).write(async () => {
    // A cassette that is empty would be there.
    if (stateOf(path)) await (await open(path, 'a')).close()
  })
}

function stateOf(path: string): FileState | undefined {
  try {
    const { dev, ino, size, mtimeMs } = statSync(path)
    return { id: `${dev}-${ino}`, size, changedAt: mtimeMs }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

function readRange(path: string, start: number, into: Buffer): number {
  const file = openSync(path, 'r')
  try {
    for (let filled = 0; ;) {
      const bytesRead = readSync(file, into, filled, into.length - filled, start + filled)
      filled += bytesRead
      if (bytesRead === 0 || filled === into.length) return filled
    }
  } finally {
    closeSync(file)
  }
}

async function whileOpen<T>(path: string, task: (file: () => number) => Promise<T>): Promise<T> {
  let file: number | undefined
  try {
    return await task(() => (file ??= openSync(path, 'a')))
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** So much takes less time than to have a thread do it; more at once would keep others waiting. */
const MOST_AT_ONCE = 256 * 1024

/** Where not all can be written (a full disk), what was written is taken back: half a document would spoil the next. */
async function appendWhole(file: number, bytes: Uint8Array, size: number): Promise<void> {
  let written = 0
  try {
    while (written < bytes.byteLength) {
      if (written > 0) await turn()
      written += writeSync(file, bytes, written, Math.min(MOST_AT_ONCE, bytes.byteLength - written))
    }
  } catch (error) {
    if (written > 0) ftruncateSync(file, size)
    throw error
  }
}

async function orUnwritable<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    throw error instanceof CassetteError ? error : unwritable(path, error as NodeJS.ErrnoException)
  }
}

function orUnreadable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw unreadable(path, error as NodeJS.ErrnoException)
  }
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): CassetteError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'it was deleted meanwhile. Restore it, or record it again',
    EISDIR: 'it is a folder. Name a file in it',
    ENAMETOOLONG: 'its name is too long. Name another',
    EACCES: 'there is no permission to read it. Make it readable'
  }
  return new CassetteError('cassette_broken', `The cassette ${path} cannot be read: ${reasons[code ?? ''] ?? message}.`)
}

function unwritable(path: string, { code, message }: NodeJS.ErrnoException): CassetteError {
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'there is no permission to write',
    EPERM: 'there is no permission to write',
    EROFS: 'its file system is read-only',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is a file',
    EEXIST: 'a part of its path is a file',
    ENAMETOOLONG: 'its name is too long',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    ENOENT: 'no file can be made there',
    EFBIG: 'it would be larger than this system allows'
  }
  const reason = reasons[code ?? ''] ?? message
  return new CassetteError(
    'cassette_unwritable',
    `Cannot write the cassette ${path}: ${reason}. Make it writable, or name another place.`
  )
}
