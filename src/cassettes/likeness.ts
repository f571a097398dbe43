/** Tells which of thousands of documents have requests like a given one, from a sketch of each. */

/** Most pieces of a request that its sketch holds; of a longer request they are a fair sample. */
const MOST_PIECES = 96

/** Of a sample, some pieces more or less say nothing. */
const UNCERTAIN = 3 / MOST_PIECES

/** Most bytes of a request that are looked at, from its end: a conversation's beginning is that of many others. */
export const MOST_REQUEST_BYTES = 64 * 1024

/** The sketches of documents, by number. */
export interface Likeness {
  /** Sketches the next document; the first one has number 0. */
  add(document: Buffer): void
  /**
   * The numbers of the likeliest, the most alike first; those with the same address go before all others.
   * @param most how many; there are more where others are hardly less alike than the last one
   */
  find(document: Buffer, most: number): number[]
}

/** The pieces of a request by their hashes: those below a limit, which is the lower the longer the request is. */
interface Sketch {
  readonly address: number
  readonly limit: number
  readonly pieces: Uint32Array
}

export function createLikeness(): Likeness {
  // One array for all. Of each sketch: the address, the limit, the pieces.
  let numbers = new Uint32Array(4096)
  const starts = [0]

  function sketchOf(number: number): Sketch {
    const start = starts[number]!
    return { address: numbers[start]!, limit: numbers[start + 1]!, pieces: numbers.subarray(start + 2, starts[number + 1]) }
  }

  return {
    add(document) {
      const { address, limit, pieces } = sketchRequest(document)
      const start = starts.at(-1)!
      const end = start + 2 + pieces.length
      if (end > numbers.length) {
        const larger = new Uint32Array(numbers.length * 2)
        larger.set(numbers)
        numbers = larger
      }
      numbers[start] = address
      numbers[start + 1] = limit
      numbers.set(pieces, start + 2)
      starts.push(end)
    },
    find(document, most) {
      const wanted = sketchRequest(document)
      const known = new Set(wanted.pieces)
      const scores = starts.slice(1).map((_, number) => score(wanted, known, sketchOf(number)))
      const ranked = [...scores.keys()].toSorted((a, b) => scores[b]! - scores[a]! || a - b)
      const last = (scores[ranked[most - 1] ?? 0] ?? 0) - UNCERTAIN
      const end = ranked.findIndex((number, rank) => rank >= most && scores[number]! < last)
      return end === -1 ? ranked : ranked.slice(0, end)
    }
  }
}

/** From 0 to 1 the share of pieces that two requests have in common; 1 more where they go to the same address. */
function score(wanted: Sketch, known: ReadonlySet<number>, { address, limit, pieces }: Sketch): number {
  // What is above the limit of one of them is not in both.
  const lower = Math.min(limit, wanted.limit)
  let [all, shared] = [0, 0]
  for (const piece of wanted.pieces) if (piece <= lower) all += 1
  for (const piece of pieces) {
    if (piece > lower) continue
    if (known.has(piece)) shared += 1
    else all += 1
  }
  return (address === wanted.address ? 1 : 0) + (all === 0 ? 0 : shared / all)
}

const REQUEST = Buffer.from('request:')
const RESPONSE_LINE = Buffer.from('\nresponse:')
const URL_LINE = Buffer.from('\n  url:')

const LF = 0x0a
const SPACE = 0x20

/** FNV-1a, in whole numbers of 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
const FNV_START = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/** Where sketches are made, one at a time. */
const scratch = new Uint32Array(MOST_PIECES + 1)

/**
 * Equal pieces have equal hashes, wherever and how deep they stand. A piece is a line, or some words of one: which word ends a piece
 * is decided by the word alone, so that a changed word changes one piece.
 * @returns valid until the next call
 */
function sketchRequest(document: Buffer): Sketch {
  const end = requestEnd(document)
  const from = Math.max(0, document.indexOf(REQUEST), end - MOST_REQUEST_BYTES)
  let limit = 0xffff_ffff
  let count = 0
  let piece = FNV_START
  let word = FNV_START
  for (let at = from; at < end; at += 1) {
    const byte = document[at]!
    if (byte > SPACE) word = Math.imul(word ^ byte, FNV_PRIME)
    else if (word !== FNV_START) {
      piece = Math.imul(piece ^ word, FNV_PRIME)
      const endsPiece = byte === LF || (word & 3) === 0
      word = FNV_START
      if (!endsPiece) continue
      if (piece >>> 0 <= limit) scratch[count++] = piece
      piece = FNV_START
      if (count > MOST_PIECES) {
        limit /= 2
        count = keepBelow(limit)
      }
    }
  }
  return { address: hashLine(document, document.indexOf(URL_LINE) + 1), limit, pieces: scratch.subarray(0, count) }
}

/** Where a document's request ends. */
export function requestEnd(document: Buffer): number {
  const response = document.indexOf(RESPONSE_LINE)
  return response === -1 ? document.length : response + 1
}

function hashLine(document: Buffer, from: number): number {
  let hash = FNV_START
  for (let at = from; at < document.length && document[at] !== LF; at += 1) hash = Math.imul(hash ^ document[at]!, FNV_PRIME)
  return hash >>> 0
}

/** Keeps those of the pieces that are below a limit, and says how many they are. */
function keepBelow(limit: number): number {
  let count = 0
  for (const piece of scratch) if (piece <= limit) scratch[count++] = piece
  return count
}
