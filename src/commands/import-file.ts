/** Imports one file of somebody else's recordings: every exchange that can be made clean goes into one new cassette. */
import { createReadStream, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createFileStore } from '../cassettes/file-store.ts'
import { FormatError } from '../cassettes/formats/format-error.ts'
import type { ForeignExchange, LeftOut } from '../cassettes/formats/format.ts'
import { MOST_BYTES, readRecording, type Recording } from '../cassettes/formats/index.ts'
import { CassetteError } from '../cassettes/interaction.ts'
import { openTape } from '../cassettes/tape.ts'
import { ImportError, importExchange, type ImportedExchange } from '../pipeline/import-exchange.ts'
import type { LoadedTape } from '../pipeline/ports.ts'
import { readCredentials } from '../pipeline/read-request.ts'
import { appendClean } from '../pipeline/recorder.ts'
import type { Redaction } from '../redaction/redactor.ts'

/** Most bytes of decoded bodies: of one, and of all of one file. */
export interface ImportLimits {
  readonly body: number
  readonly file: number
}

const IMPORT_LIMITS: ImportLimits = { body: 64 * 1024 * 1024, file: 512 * 1024 * 1024 }

/** What a file gave. */
export interface ImportedFile {
  /** As people call it; `undefined` where the file is no recording, or cannot be read. */
  readonly format: string | undefined
  readonly exchanges: readonly (Omit<ImportedExchange, 'interaction'> & { readonly line: number })[]
  readonly leftOut: readonly LeftOut[]
  /** Why nothing of it came in, with the line where it is to be seen. */
  readonly problem?: { readonly line: number; readonly what: string } | undefined
}

export interface ImportFileParts {
  /** Where the cassette is written; there is none yet. */
  readonly cassette: string
  /** One of this cassette's own, which knows the secrets in use. */
  readonly redaction: Redaction
  /** @default 64 MiB and 512 MiB */
  readonly limits?: ImportLimits
  /** Milliseconds since 1970. */
  readonly now: number
  /** Called before each exchange. */
  readonly progress: (done: number, all: number) => void
}

/** Throws `CassetteError` where the cassette cannot be written. */
export async function importFile(path: string, parts: ImportFileParts): Promise<ImportedFile> {
  let recording: Recording | undefined
  try {
    recording = readRecording(await readBounded(path))
  } catch (error) {
    return { format: undefined, exchanges: [], leftOut: [], problem: problemOf(error) }
  }
  if (!recording) return { format: undefined, exchanges: [], leftOut: [] }
  const { format, exchanges: found } = recording
  const { redaction, limits = IMPORT_LIMITS, now } = parts
  // A key that one request shows may stand in the body of an earlier one.
  for (const { request } of found) for (const value of readCredentials(request)) redaction.learn(value, 'api-key')
  const store = createFileStore(parts.cassette)
  const tape = await openTape({ store, name: parts.cassette, report: () => undefined })
  const exchanges: ImportedFile['exchanges'][number][] = []
  const leftOut = [...recording.leftOut]
  let left = limits.file
  for (const [index, exchange] of found.entries()) {
    parts.progress(index, found.length)
    try {
      const imported = await importOne(exchange, { tape, redaction }, { limit: Math.min(left, limits.body), now })
      left -= imported.interaction.request.body.byteLength + imported.interaction.response.body.byteLength
      exchanges.push({ line: exchange.line, call: imported.call, host: imported.host, notes: imported.notes })
    } catch (error) {
      if (!isRefusal(error)) throw error
      leftOut.push({ line: exchange.line, reason: error.message })
    }
  }
  return { format: format.title, exchanges, leftOut: leftOut.toSorted((a, b) => a.line - b.line) }
}

async function importOne(
  exchange: ForeignExchange,
  loaded: LoadedTape,
  { limit, now }: { readonly limit: number; readonly now: number }
): Promise<ImportedExchange> {
  const imported = importExchange(exchange, { redaction: loaded.redaction, limit, now })
  await appendClean(imported.interaction, loaded, (places) => `it still holds what looks like a secret: ${places}`)
  return imported
}

function isRefusal(error: unknown): error is Error {
  return error instanceof ImportError || (error instanceof CassetteError && error.code === 'cassette_secret')
}

/** As much as was there at first: a pipe, a device or a file that grows is not read to an end that may never come. */
async function readBounded(path: string): Promise<Uint8Array> {
  const { size } = await requireFile(path)
  const limit = Math.max(MOST_BYTES.json, MOST_BYTES.yaml)
  if (size > limit) throw new FormatError(1, `it is larger than ${limit / 1024 / 1024} MiB. Split it`)
  const chunks: Buffer[] = []
  if (size > 0) for await (const chunk of createReadStream(path, { end: size - 1 })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function requireFile(path: string): Promise<Stats> {
  const found = await stat(path)
  if (!found.isFile()) throw new FormatError(1, 'it is neither a file nor a folder')
  return found
}

function problemOf(error: unknown): NonNullable<ImportedFile['problem']> {
  if (error instanceof FormatError) return { line: error.line, what: error.message }
  const { syscall, code } = error as NodeJS.ErrnoException
  if (syscall === undefined) throw error
  return { line: 1, what: code === 'EACCES' ? 'there is no permission to read it' : `it cannot be read (${code})` }
}
