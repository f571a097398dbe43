/** Walks through a cassette window by window, so that no more of it is held than one window, or one large document. */
import { splitWindow } from './split.ts'

/** Bytes that are read at once. */
const WINDOW_BYTES = 1024 * 1024

/** A place between two documents. */
export interface Position {
  readonly byte: number
  /** Line ends before it. */
  readonly lines: number
  /** Whether it is the beginning of a line. */
  readonly startsLine: boolean
}

/** The beginning of a cassette. */
export const START: Position = { byte: 0, lines: 0, startsLine: true }

/** A document as it stands in the file. */
export interface FoundDocument {
  readonly bytes: Buffer
  /** Its first byte in the file. */
  readonly start: number
  /** Its first line in the file, from 1. */
  readonly line: number
}

export interface DocumentScan {
  /** Fills a buffer from a place in the file, and says how many bytes there were: fewer than fit only at its end. */
  readonly read: (start: number, into: Buffer) => Promise<number>
  readonly from: Position
  /** How many bytes there are, as far as is known: a small cassette needs no large window. */
  readonly size: number
  /** Called with the first document of the cassette, where the scan begins with it, and with those of cassettes that were put behind it. */
  readonly header: (document: FoundDocument) => void
  /** Called with every other one. Its bytes are only valid during the call. */
  readonly document: (document: FoundDocument) => void
}

/** Where the whole documents end, and whether anything stands behind them: an interaction that was not written to its end. */
export interface ScanResult {
  readonly end: Position
  readonly isWhole: boolean
}

export async function scanDocuments({ read, from, size, header, document }: DocumentScan): Promise<ScanResult> {
  let [end, isFirst] = [from, from.byte === 0]
  let window = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, size - from.byte + 1))
  for (;;) {
    const bytes = window.subarray(0, await read(end.byte, window))
    const isLast = bytes.length < window.length
    const split = splitWindow(bytes, { isFirst, isLast })
    for (const piece of split.pieces) {
      const found = {
        bytes: bytes.subarray(piece.start, piece.end),
        start: end.byte + piece.start,
        line: end.lines + piece.linesBefore + 1
      }
      if (isFirst || piece.isJoined) header(found)
      else document(found)
      isFirst = false
    }
    if (isLast) return { end: move(end, split, bytes), isWhole: split.end === bytes.length }
    // A document that is larger than the window needs a larger one.
    if (split.end === 0) window = Buffer.allocUnsafe(window.length * 2)
    end = move(end, split, bytes)
  }
}

function move(from: Position, { end, lines }: { readonly end: number; readonly lines: number }, bytes: Buffer): Position {
  if (end === 0) return from
  return { byte: from.byte + end, lines: from.lines + lines, startsLine: bytes[end - 1] === 0x0a }
}
