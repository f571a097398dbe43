/** The contract of a format of other people's recordings: how one is known, what it holds, and how ours are written in it. */
import type { HeaderList } from '../../http/message.ts'
import type { Interaction } from '../interaction.ts'
import { FormatError } from './format-error.ts'
import type { SourceNode } from './source-node.ts'

/** An exchange as another tool recorded it. Nothing in it is redacted, decoded or checked yet. */
export interface ForeignExchange {
  /** Where it begins in its file, from 1. */
  readonly line: number
  readonly request: {
    readonly method: string
    /** Absolute. */
    readonly url: string
    readonly headers: HeaderList
    readonly body: Uint8Array
  }
  readonly response: {
    readonly status: number
    readonly headers: HeaderList
    /** As it was kept: encoded, or decoded already whatever the headers say. */
    readonly body: Uint8Array
    /** As an interaction has it; empty where the tool keeps no times. */
    readonly timing: readonly number[]
  }
  /** When it was recorded, in the file's own words; `undefined` where it does not say. */
  readonly at: string | undefined
  /** How long the whole took, in milliseconds; 0 where nobody knows. */
  readonly ms: number
}

/** What could not come in, and why. */
export interface LeftOut {
  /** From 1. */
  readonly line: number
  readonly reason: string
}

/** What a file holds, in its order. */
export interface FormatReading {
  readonly exchanges: readonly ForeignExchange[]
  readonly leftOut: readonly LeftOut[]
}

/** What was written for the other tool. */
export interface FormatWriting {
  readonly text: string
  /** Interactions that the format cannot hold, by their number from 0. */
  readonly leftOut: readonly { readonly index: number; readonly reason: string }[]
}

/** A format of other people's recordings. */
export interface RecordingFormat {
  /** As `--as` takes it, e.g. `ruby-vcr`. */
  readonly name: string
  /** As people call it, e.g. `Ruby VCR`. */
  readonly title: string
  /** What the names of its files end with, e.g. `.har`. */
  readonly extension: string
  /** Whether a file is of this format, by its content alone. */
  detect(root: SourceNode): boolean
  /** Reads a file that was detected. One broken exchange is left out; the others come in. */
  read(root: SourceNode): FormatReading
  /** @param version of this package, for formats that name who wrote them */
  write(interactions: readonly Interaction[], version: string): FormatWriting
}

/** Reads items one by one: what is wrong with one leaves that one out. */
export function readEach(items: readonly SourceNode[], read: (item: SourceNode) => ForeignExchange): FormatReading {
  const exchanges: ForeignExchange[] = []
  const leftOut: LeftOut[] = []
  for (const item of items) {
    try {
      exchanges.push(read(item))
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      leftOut.push({ line: error.line, reason: error.message })
    }
  }
  return { exchanges, leftOut }
}

/** The moment of a recording, for formats that must name one; 1970 where a person wrote what is none. */
export function recordedAt({ at }: Interaction['recorded']): Date {
  return new Date(Date.parse(at) || 0)
}
