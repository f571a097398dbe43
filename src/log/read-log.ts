/** Reads a log back, line by line, with the older files that were put aside. */
import { open, type FileHandle } from 'node:fs/promises'
import type { LogEntry } from './log-entry.ts'

/** A line of a log. */
export interface LogLine {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** `undefined`: the line is no entry, e.g. since a crash cut it off. */
  readonly entry: LogEntry | undefined
}

/** More older files than this are not looked for. */
const MOST_OLDER = 1000

/**
 * The entries of a log, oldest file first. Only one line is in memory at a time.
 * @param path the file that is written to; `path.1`, `path.2` … are older
 * @throws an `Error` of the file system where there is neither the log nor an older one
 */
export async function* readLog(path: string, { older = true }: { readonly older?: boolean } = {}): AsyncGenerator<LogLine> {
  const files = await openFiles(path, older)
  try {
    for (const { name, file } of files) {
      let line = 0
      for await (const text of file.readLines({ encoding: 'utf8', autoClose: false })) {
        line += 1
        if (text.trim() !== '') yield { file: name, line, entry: readEntry(text) }
      }
    }
  } finally {
    await Promise.all(files.map(({ file }) => file.close()))
  }
}

interface OpenFile {
  readonly name: string
  readonly file: FileHandle
}

/**
 * All are opened before the first is read, the newest first: what is put aside meanwhile is open already, under its earlier
 * name, and is not taken twice.
 */
async function openFiles(path: string, older: boolean): Promise<OpenFile[]> {
  const files: OpenFile[] = []
  const seen = new Set<string>()
  let failure: unknown
  for (let number = 0; number <= (older ? MOST_OLDER : 0); number += 1) {
    const name = number === 0 ? path : `${path}.${number}`
    try {
      const file = await open(name)
      const { dev, ino } = await file.stat()
      if (seen.has(`${dev}:${ino}`)) await file.close()
      else files.unshift({ name, file })
      seen.add(`${dev}:${ino}`)
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isMissing || number === 0) failure ??= error
      if (isMissing && number > 0) break
    }
  }
  const isReadable = failure === undefined || ((failure as NodeJS.ErrnoException).code === 'ENOENT' && files.length > 0)
  if (isReadable) return files
  await Promise.all(files.map(({ file }) => file.close()))
  throw failure
}

/** An entry has at least what every entry has had since the first version. */
function readEntry(text: string): LogEntry | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof LogEntry, unknown>> | null
    const { time, provider, source, outcome, request } = value ?? {}
    const isEntry =
      !Number.isNaN(Date.parse(String(time))) &&
      [provider, source, outcome].every((word) => typeof word === 'string') &&
      typeof request === 'object' &&
      request !== null
    return isEntry ? (value as LogEntry) : undefined
  } catch {
    return undefined
  }
}
