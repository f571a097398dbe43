/** What is held in memory of a cassette's documents: where each stands, its keys, and what tells which are alike. */
import type { MatchKeys } from './key.ts'
import { createLikeness } from './likeness.ts'
import { createTakenPlaceholders } from './taken-placeholders.ts'

/** One document of a cassette, by its place in the file. */
export interface Entry {
  /** The match keys of its request. */
  readonly keys: MatchKeys
  /** Its first line in the file, from 1. */
  readonly line: number
  /** Its first byte in the file. */
  readonly start: number
  /** How many bytes it has. */
  readonly size: number
  /** How many of them come before its answer. */
  readonly requestSize: number
  /** Method and path: `POST /v1/chat/completions`. */
  readonly endpoint: string
  readonly model: string | undefined
  /** Whether its texts stand in it as the recorder writes them, letter by letter: what is not found in it is not in its request. */
  readonly isVerbatim: boolean
  /** CRC-32 of its bytes: tells whether those at its place are still the same. */
  readonly sum: number
}

export interface DocumentIndex {
  /** In the order of the file. */
  readonly entries: readonly Entry[]
  /** @param document its line ends are LF */
  add(entry: Entry, document: Buffer): void
  /**
   * The places, in `entries`, of the documents whose requests are most like another's, the most alike first.
   * @param most how many; there are more where others are hardly less alike than the last one
   */
  likeliest(document: Buffer, most: number): number[]
  /** The highest placeholder of each kind: `<openai-key:3>`. */
  placeholders(): string[]
  /** Whether a placeholder stands in any of them. */
  hasPlaceholder(placeholder: string): boolean
}

export function createDocumentIndex(): DocumentIndex {
  const entries: Entry[] = []
  const likeness = createLikeness()
  const placeholders = createTakenPlaceholders()
  return {
    entries,
    add(entry, document) {
      entries.push(entry)
      likeness.add(document)
      placeholders.add(document)
    },
    likeliest: likeness.find,
    placeholders: placeholders.list,
    hasPlaceholder: placeholders.has
  }
}
