/** The log file: one JSON line for each exchange, those of one turn in one write, rotated by size. */
import { appendFileSync, closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../disk/make-folder.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Sink } from '../pipeline/ports.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { LogFileError, reasonOf } from './log-file-error.ts'
import { severityOf, toLogEntry, type Severity } from './log-entry.ts'
import type { EntryOptions } from './log-message.ts'

/** What the log takes; `DEBUG` is `INFO`. */
type LogFileLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'

export interface LogFileOptions extends EntryOptions {
  readonly path: string
  readonly level: LogFileLevel
  readonly redaction: Redaction
  /** One line for the operator: the log cannot be written any more, or again. */
  readonly report: (message: string) => void
  /**
   * Bytes from which on a file is put aside: `api-firewall.log` becomes `api-firewall.log.1`, and so on.
   * @default 10 MiB
   */
  readonly maxBytes?: number
  /**
   * How many old files are kept, at least 1.
   * @default 5
   */
  readonly keep?: number
}

const SEVERITIES: Readonly<Record<LogFileLevel | Severity, number>> = { DEBUG: 0, INFO: 0, WARNING: 1, ERROR: 2 }

/**
 * Opens the log; folders that are missing are made. A line is handed to the system behind the exchanges of its turn, and at
 * the latest when the process exits. Later failures are reported, once until it works again, and are not fatal.
 * @throws {@link LogFileError} where it cannot be written from the start
 */
export function createLogFile(options: LogFileOptions): Sink {
  const { path, level, redaction, report, maxBytes = 10 * 1024 * 1024, keep = 5 } = options
  let lost = 0
  let cannotRotate = false
  try {
    prepare(path)
  } catch (error) {
    throw new LogFileError(path, error)
  }

  const waiting: string[] = []
  let turn: Promise<void> | undefined

  /** What waits in one write: to open a file takes as long as to make a line for it. */
  function flush(): void {
    const lines = waiting.splice(0)
    if (lines.length === 0) return
    const bytes = Buffer.from(lines.join(''))
    try {
      if (lost > 0) prepare(path)
      rotateIfFull(bytes.byteLength)
      append(path, bytes)
    } catch (error) {
      if (lost === 0) report(new LogFileError(path, error).message)
      lost += lines.length
      return
    }
    if (lost > 0) report(`The log ${path} is written again; ${lost} entries are missing in it.`)
    lost = 0
  }

  function isFull(more: number): boolean {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    return size > 0 && size + more > maxBytes
  }

  function rotateIfFull(more: number): void {
    if (!isFull(more)) return
    try {
      // Another process that writes here may have put it aside meanwhile.
      alone(path, () => void (isFull(more) && rotate(path, keep)))
      cannotRotate = false
    } catch (error) {
      if (!cannotRotate)
        report(`Cannot put the full log ${path} aside: ${reasonOf(error)}. It grows on; make its folder writable.`)
      cannotRotate = true
    }
  }

  function endTurn(): void {
    turn = undefined
    flush()
  }

  flushAtExit(flush)
  return {
    name: 'log',
    settle(exchange: Exchange) {
      if (SEVERITIES[severityOf(exchange)] < SEVERITIES[level]) return undefined
      waiting.push(`${JSON.stringify(toLogEntry(exchange, redaction, options))}\n`)
      return (turn ??= Promise.resolve().then(endTurn))
    },
    async close() {
      flush()
      unwritten.delete(flush)
    }
  }
}

/** Of every log that is open: writes what waits. */
const unwritten = new Set<() => void>()

let listensToExit = false

/** One listener for all: a process may open many proxies. */
function flushAtExit(flush: () => void): void {
  if (!listensToExit) process.once('exit', writeAll)
  listensToExit = true
  unwritten.add(flush)
}

function writeAll(): void {
  for (const flush of unwritten) flush()
}

/** Only its owner may read it: it tells what was asked. Opened anew each time, so that others may move it away. */
function append(path: string, bytes: Uint8Array): void {
  appendFileSync(path, bytes, { mode: 0o600 })
}

/** Makes folder and file. A line that a crash or a full disk cut off is ended, so that the next one stands alone. */
function prepare(path: string): void {
  makeFolder(dirname(path))
  const file = openSync(path, 'a+', 0o600)
  try {
    const { size } = fstatSync(file)
    const last = Buffer.alloc(1)
    if (size > 0) readSync(file, last, 0, 1, size - 1)
    if (size > 0 && last[0] !== 0x0a) appendFileSync(file, '\n')
  } finally {
    closeSync(file)
  }
}

/** A process that ended while it put a log aside has left its mark behind: after this long, in milliseconds. */
const STALE_MS = 10_000

/** Does it unless another process does it now: whoever comes later finds it done. */
function alone(path: string, work: () => void): void {
  const mark = `${path}.rotating`
  try {
    closeSync(openSync(mark, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const age = Date.now() - (statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > STALE_MS) rmSync(mark, { force: true })
    return
  }
  try {
    work()
  } finally {
    rmSync(mark, { force: true })
  }
}

/** The oldest one gives way. */
function rotate(path: string, keep: number): void {
  for (let number = keep; number >= 1; number -= 1) {
    const older = number === 1 ? path : `${path}.${number - 1}`
    if (statSync(older, { throwIfNoEntry: false })) renameSync(older, `${path}.${number}`)
  }
}
