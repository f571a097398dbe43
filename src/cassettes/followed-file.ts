/** Keeps the index of a cassette's documents as the file is now, whoever changes it: this process, another, or a person. */
import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { readHeader, type CassetteHeader } from './header-document.ts'
import { createDocumentIndex, type DocumentIndex, type Entry } from './document-index.ts'
import type { DocumentReader } from './document-reader.ts'
import { sameState, type CassetteStore, type FileState } from './store.ts'
import { CassetteError } from './interaction.ts'
import { matchKeys, type MatchKeys } from './key.ts'
import { readKeyLine } from './key-line.ts'
import { requestEnd } from './likeness.ts'
import { createFactReader } from './request-facts.ts'
import { scanDocuments, START, type FoundDocument, type Position } from './scan-documents.ts'
import { countLines, withUnixLines } from './split.ts'

export interface FollowedFileParts {
  readonly store: CassetteStore
  /** As messages name the cassette. */
  readonly name: string
  readonly reader: DocumentReader
}

export interface FollowedFile {
  readonly index: DocumentIndex
  /** Goes up when the index is another one, since the file was edited or replaced; not when something was added. */
  readonly version: number
  /** What its first document says; `undefined` where there is none. */
  readonly header: CassetteHeader | undefined
  /** Where its whole documents end. */
  readonly end: Position
  /** Whether nothing stands behind them: an interaction that was not written to its end. */
  readonly isWhole: boolean
  /** Whether there is a file, as far as is known. */
  readonly exists: boolean
  /** Whether the index is that of the file as it is now. Costs a few microseconds. */
  isCurrent(): boolean
  /** Reads what has changed. What was known holds until all is read. Throws `CassetteError`. */
  catchUp(): Promise<void>
  /** Something is not as it was: with the next look all is read again. */
  doubt(): void
  /**
   * Notes what this process has appended; nothing where it was taken back.
   * @param start where its document begins
   */
  wrote(bytes: Buffer, start: number): Entry | undefined
}

export function createFollowedFile({ store, name, reader }: FollowedFileParts): FollowedFile {
  let index = createDocumentIndex()
  let version = 0
  let header: CassetteHeader | undefined
  /** The file as it was when the index was made. */
  let known: FileState | undefined
  /** The file as it was when it was last looked at, until what goes on together has gone on. */
  let seen: { readonly state: FileState | undefined } | undefined
  let end: Position = START
  let isWhole = true
  const facts = createFactReader()

  function toEntry(
    { bytes, start, line }: FoundDocument,
    document: Buffer,
    { keys, isTrusted }: { readonly keys: MatchKeys; readonly isTrusted: boolean }
  ): Entry {
    const request = document.subarray(0, requestEnd(document))
    const isVerbatim = isTrusted && hasReadableBody(request)
    const requestSize = bytes === document ? request.length : requestEnd(bytes)
    return { keys, line, start, size: bytes.length, requestSize, isVerbatim, ...facts.read(request), sum: crc32(bytes) }
  }

  /** Takes in a document. One that was edited by hand is read whole, so that a mistake in it is told at once. */
  function takeIn(found: FoundDocument, to: DocumentIndex): void {
    if (!isUtf8(found.bytes)) throw notUtf8(name, found.line)
    const document = withUnixLines(found.bytes)
    const trusted = readKeyLine(document)
    const interaction = trusted === undefined ? reader.parse(document.toString(), found.line) : undefined
    const keys = trusted ?? matchKeys(interaction!.request)
    const entry = toEntry(found, document, { keys, isTrusted: trusted !== undefined })
    to.add(entry, document)
    if (interaction) reader.keep(entry, interaction)
  }

  /** Whether what is known of the file still holds, and there may be more behind it. */
  function hasOnlyGrown(state: FileState | undefined): boolean {
    const last = index.entries.at(-1)
    if (!last || !known || state?.id !== known.id || state.size <= known.size) return false
    return reader.isUnchanged(last)
  }

  async function catchUp(): Promise<void> {
    const state = store.state()
    if (sameState(state, known)) return
    const hasGrown = hasOnlyGrown(state)
    const next = hasGrown ? index : createDocumentIndex()
    if (!hasGrown) header = undefined
    known = undefined
    const scan = {
      read: store.read,
      from: hasGrown ? end : START,
      size: state?.size ?? 0,
      header({ bytes, line }: FoundDocument) {
        const found = readHeader(withUnixLines(bytes).toString(), name, line)
        if (header && !sayTheSame(header, found)) throw headersDiffer(name, line)
        header ??= found
      },
      document: (found: FoundDocument) => takeIn(found, next)
    }
    const scanned = state ? await scanDocuments(scan) : { end: START, isWhole: true }
    if (!hasGrown) version += 1
    index = next
    ;({ end, isWhole } = scanned)
    known = state
  }

  /** The file as it is: requests that go on together (they do step by step) share one look at it. */
  function look(): FileState | undefined {
    if (!seen) {
      seen = { state: store.state() }
      queueMicrotask(() => (seen = undefined))
    }
    return seen.state
  }

  function wrote(bytes: Buffer, start: number): Entry | undefined {
    let entry: Entry | undefined
    if (bytes.length > 0) {
      const document = bytes.subarray(start)
      const line = end.lines + countLines(bytes, 0, start) + 1
      const keys = readKeyLine(document)!
      entry = toEntry({ bytes: document, start: end.byte + start, line }, document, { keys, isTrusted: true })
      index.add(entry, document)
      end = { byte: end.byte + bytes.length, lines: end.lines + countLines(bytes), startsLine: true }
      isWhole = true
    }
    const state = store.state()
    known = state?.size === end.byte ? state : undefined
    return entry
  }

  return {
    get index() {
      return index
    },
    get version() {
      return version
    },
    get header() {
      return header
    },
    get end() {
      return end
    },
    get isWhole() {
      return isWhole
    },
    get exists() {
      return known !== undefined
    },
    isCurrent: () => sameState(look(), known),
    catchUp,
    doubt() {
      known = undefined
    },
    wrote
  }
}

const BODY_LINE = Buffer.from('\n  body:\n')
const READABLE_LINES = ['json', 'multipart'].map((form) => Buffer.from(`\n    ${form}:`))

/** Whether its texts can be read in it. JSON that is kept as its source may have letters as escapes; bytes have none. */
function hasReadableBody(request: Buffer): boolean {
  return READABLE_LINES.some((line) => request.includes(line)) || !request.includes(BODY_LINE)
}

/** What a header without rules says, every other one says too. */
function sayTheSame(first: CassetteHeader, later: CassetteHeader): boolean {
  const [one, other] = [first, later].map(({ version, rules, faults }) =>
    JSON.stringify([version, rules, faults.map(({ text }) => text)])
  )
  return one === other || (first.version === later.version && Object.keys(later.rules).length + later.faults.length === 0)
}

function headersDiffer(name: string, line: number): CassetteError {
  const what = `it was joined from two cassettes, and the second one's first document, at line ${line}, has rules of its own`
  const advice = 'Rules hold for a whole cassette: take them into its first document or out of this one, or keep two cassettes'
  return new CassetteError('cassette_broken', `The cassette ${name} cannot be read: ${what}. ${advice}.`)
}

function notUtf8(name: string, line: number): CassetteError {
  const message = `The cassette ${name} cannot be read at line ${line}: it is no UTF-8 text. Save it as UTF-8, or record it again.`
  return new CassetteError('cassette_broken', message)
}
