/** Finds the documents of a cassette in its bytes without reading YAML, and what a recording that broke off left at its end. */
import { HEADER_TEXT } from './document.ts'
import { SEPARATOR } from './separator.ts'

/** One document, as a range of bytes. */
export interface Piece {
  readonly start: number
  readonly end: number
  /** Line ends before its first line. */
  readonly linesBefore: number
  /** Whether it is the header of a cassette, where two were joined (`cat a.yaml b.yaml`): not that of the first. */
  readonly isJoined?: boolean
}

export interface Split {
  /** Those that are whole and hold more than white space. The first of a cassette is its header. */
  readonly pieces: readonly Piece[]
  /** All before this byte has been looked at, and is whole. */
  readonly end: number
  /** Line ends before `end`. */
  readonly lines: number
}

/** Where a window of bytes stands in the cassette. */
export interface WindowPlace {
  /** Whether its first piece is the header. */
  readonly isFirst: boolean
  /** Whether the cassette ends with it. */
  readonly isLast: boolean
}

const LF = 0x0a
const CR = 0x0d
const DASH = 0x2d

const SEPARATOR_LINE = Buffer.from('\n---')
const RECORDED_LINE = Buffer.from('\nrecorded:')

/** Splits a window of a cassette that begins at a line. What follows its last separator belongs to the next window, unless it is the last. */
export function splitWindow(bytes: Buffer, { isFirst, isLast }: WindowPlace): Split {
  if (isFirst && isLast && isUnborn(bytes)) return { pieces: [], end: 0, lines: 0 }
  const pieces: Piece[] = []
  let [start, counted, lines, separatorAt] = [0, 0, 0, 0]
  const add = (end: number): void => {
    lines += countLines(bytes, counted, start)
    counted = start
    if (isBlank(bytes, start, end)) return
    const header = isFirst && pieces.length === 0 ? -1 : joinedHeaderAt(bytes.subarray(start, end))
    const headerAt = header === -1 ? end : start + header
    if (headerAt > start) pieces.push({ start, end: headerAt, linesBefore: lines })
    if (headerAt < end) {
      const linesBefore = lines + countLines(bytes, start, headerAt)
      pieces.push({ start: headerAt, end, linesBefore, isJoined: true })
    }
  }
  for (const [from, to] of separators(bytes)) {
    add(from)
    separatorAt = from
    start = to
  }
  let end = separatorAt
  if (isLast) {
    const tailEnd = withoutRemains(bytes)
    const isHeader = isFirst && pieces.length === 0
    if (isHeader || isFinished(bytes.subarray(start, tailEnd))) add((end = tailEnd))
  }
  return { pieces, end, lines: lines + countLines(bytes, counted, end) }
}

/** Whether nothing was ever written but, perhaps, a part of the header. */
function isUnborn(bytes: Buffer): boolean {
  if (isBlank(bytes, 0, bytes.length)) return true
  if (bytes.length > HEADER_TEXT.length + SEPARATOR.length) return false
  const text = bytes.toString('latin1')
  return text !== HEADER_TEXT && (HEADER_TEXT + SEPARATOR).startsWith(text)
}

/** The lines `---`, each from its first byte to the one behind its line end. */
function* separators(bytes: Buffer): Iterable<readonly [from: number, to: number]> {
  let from = bytes[0] === DASH ? 0 : nextLineOfDashes(bytes, 0)
  while (from !== undefined) {
    const to = separatorEnd(bytes, from)
    if (to !== undefined) yield [from, to]
    // The line end of one separator may stand right before the next.
    from = nextLineOfDashes(bytes, to === undefined ? from : to - 1)
  }
}

function nextLineOfDashes(bytes: Buffer, from: number): number | undefined {
  const at = bytes.indexOf(SEPARATOR_LINE, from)
  return at === -1 ? undefined : at + 1
}

function separatorEnd(bytes: Buffer, from: number): number | undefined {
  if (bytes[from] !== DASH || bytes[from + 1] !== DASH || bytes[from + 2] !== DASH) return undefined
  let at = from + 3
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1
  if (bytes[at] === CR) at += 1
  return bytes[at] === LF ? at + 1 : undefined
}

/** Where the text ends, without the beginning of a separator, and without the zeros that a crash of the machine leaves. */
function withoutRemains(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end -= 1
  let dashes = end
  while (dashes > 0 && bytes[dashes - 1] === DASH) dashes -= 1
  return end - dashes <= 3 && bytes[dashes - 1] === LF ? dashes : end
}

/** The last thing that is written of a document is its `recorded` line. An editor may have taken the last line end away. */
function isFinished(document: Buffer): boolean {
  const last = document.at(-1)
  return (last === LF || last === 0x7d) && recordedAt(document) !== -1
}

function recordedAt(document: Buffer): number {
  const at = document.lastIndexOf(RECORDED_LINE)
  return at === -1 && document.indexOf('recorded:') === 0 ? 0 : at
}

const CASSETTE_LINE = Buffer.from('\ncassette:')

/**
 * Where two cassettes were joined, the header of the second ends the last document of the first, or stands by itself where it was
 * added later. Its comments go with it. -1: there is none.
 */
function joinedHeaderAt(document: Buffer): number {
  const recorded = recordedAt(document)
  const line = document.indexOf(CASSETTE_LINE, Math.max(0, recorded))
  if (line === -1) return document.indexOf('cassette:') === 0 ? 0 : -1
  let start = line + 1
  for (let at = start; at === start || document[at] === HASH; at = document.lastIndexOf('\n', at - 2) + 1) {
    start = at
    if (at === 0) break
  }
  // In a document that was not finished it may be anything.
  return recorded === -1 && start > 0 ? -1 : start
}

const HASH = 0x23

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!
    if (byte !== LF && byte !== CR && byte !== 0x20 && byte !== 0x09) return false
  }
  return true
}

/** Line ends between two places. */
export function countLines(bytes: Buffer, start = 0, end = bytes.length): number {
  let count = 0
  for (let at = bytes.indexOf(LF, start); at !== -1 && at < end; at = bytes.indexOf(LF, at + 1)) count += 1
  return count
}

/** Git may have given a cassette the line ends of Windows. */
export function withUnixLines(bytes: Buffer): Buffer {
  return bytes.includes('\r\n') ? Buffer.from(bytes.toString().replaceAll('\r\n', '\n')) : bytes
}
