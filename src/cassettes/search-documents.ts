/** Reads the documents of a cassette window by window, without YAML, and searches them for pieces of text. */
import type { Entry } from './document-index.ts'
import type { RecordedTexts } from './matching/recorded-ids.ts'

/** Bytes that are read at once: what is done with them takes a millisecond. */
const WINDOW_BYTES = 1024 * 1024

/** The same where all of it is looked into. */
const TEXT_BYTES = 128 * 1024

export interface DocumentSource {
  readonly entries: readonly Entry[]
  /** Fills a buffer from a place in the file, and says how many bytes there were. */
  readonly read: (start: number, into: Buffer) => Promise<number>
}

/** A run of documents, and their bytes. */
export interface DocumentWindow {
  readonly from: number
  /** The number behind the last one. */
  readonly to: number
  readonly bytes: Buffer
  /** Where one of them begins in the bytes. */
  start(document: number): number
}

/** Documents from a number on, as many at once as fit a window. What is read of one window is gone with the next. */
export async function* readWindows(
  { entries, read }: DocumentSource,
  from: number,
  most = WINDOW_BYTES
): AsyncIterable<DocumentWindow> {
  const size = entries.length
  let buffer: Buffer = Buffer.alloc(0)
  for (let next = from; next < size;) {
    const [first, base] = [next, entries[next]!.start]
    const endOf = (document: number): number => entries[document]!.start + entries[document]!.size
    do next += 1
    while (next < size && endOf(next) - base <= most)
    const length = endOf(next - 1) - base
    if (buffer.length < length) buffer = Buffer.allocUnsafe(Math.max(length, Math.min(most, endOf(size - 1) - base)))
    const bytes = buffer.subarray(0, await read(base, buffer.subarray(0, length)))
    yield { from: first, to: next, bytes, start: (document) => entries[document]!.start - base }
  }
}

/**
 * The numbers of the documents, from one on, whose requests hold all of some pieces of text; and of those that no search can tell.
 * @param needles none: every document
 */
export async function* searchDocuments(source: DocumentSource, from: number, needles: readonly string[]): AsyncIterable<number> {
  // What one document has not, most others have not either: it is looked for first from then on, in all of a window at once.
  const wanted = needles.map((needle) => Buffer.from(needle))
  for await (const { from: first, to, bytes, start } of readWindows(source, from)) {
    let found = -1
    for (let document = first; document < to; document += 1) {
      const { isVerbatim, requestSize } = source.entries[document]!
      const begin = start(document)
      if (isVerbatim && wanted.length > 0) {
        if (found < begin) found = indexOrEnd(bytes, wanted[0]!, begin)
        if (found >= begin + requestSize) continue
        const missing = indexOfMissing(bytes.subarray(begin, begin + requestSize), wanted)
        if (missing > 0) {
          wanted.unshift(...wanted.splice(missing, 1))
          found = -1
        }
        if (missing !== -1) continue
      }
      yield document
    }
  }
}

/** The texts of documents from a number on. */
export async function* readTexts(source: DocumentSource, from: number): AsyncIterable<RecordedTexts> {
  for await (const window of readWindows(source, from, TEXT_BYTES)) {
    for (let document = window.from; document < window.to; document += 1) {
      const [begin, { size, requestSize }] = [window.start(document), source.entries[document]!]
      // Ids are ASCII, and in Latin-1 no byte is lost.
      const part = (first: number, last: number): string => window.bytes.toString('latin1', begin + first, begin + last)
      yield { request: part(0, requestSize), answer: part(requestSize, size) }
    }
  }
}

function indexOrEnd(bytes: Buffer, needle: Buffer, from: number): number {
  const at = bytes.indexOf(needle, from)
  return at === -1 ? bytes.length : at
}

function indexOfMissing(bytes: Buffer, needles: readonly Buffer[]): number {
  return needles.findIndex((needle) => !bytes.includes(needle))
}
