/** Finds the documents whose requests are most like another's: by sketches, then, of those much alike, by their words. */
import type { DocumentIndex } from './document-index.ts'
import { MOST_REQUEST_BYTES } from './likeness.ts'
import { rankByWords } from './word-rank.ts'

/** How many requests are read to tell which is most alike, and how many bytes of them. */
const MOST_READ = 2000
const MOST_READ_BYTES = 16 * 1024 * 1024

export interface LikeliestParts {
  readonly index: DocumentIndex
  /** Bytes of the cassette, from a place on. */
  readonly readRange: (start: number, size: number) => Buffer
}

/** Places in the index, the most alike first. Sketches leave many in doubt where requests differ in a few words: those are read. */
export function findLikeliest(document: Buffer, most: number, { index, readRange }: LikeliestParts): number[] {
  const places = index.likeliest(document, most)
  if (places.length <= most) return places
  const requests: Buffer[] = []
  let left = MOST_READ_BYTES
  for (const place of places.slice(0, MOST_READ)) {
    const { start, requestSize } = index.entries[place]!
    const size = Math.min(requestSize, MOST_REQUEST_BYTES)
    left -= size
    if (left < 0) break
    requests.push(readRange(start + requestSize - size, size))
  }
  return rankByWords(document, requests)
    .slice(0, most)
    .map((rank) => places[rank]!)
}
