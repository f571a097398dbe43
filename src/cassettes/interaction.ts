/** An interaction: an exchange as a cassette holds it, and what a tape in play answers. Everything in it is redacted. */
import type { FaultSpec } from '../faults/read-faults.ts'
import type { ContentEncoding } from '../http/body.ts'
import type { Json } from '../http/json.ts'
import type { HeaderList, InterimResponse } from '../http/message.ts'
import type { PlaceholderNumbers } from '../redaction/placeholders.ts'

export interface RecordedRequest {
  readonly method: string
  /** The provider's public address, path and query: `https://api.openai.com/v1/chat/completions`. */
  readonly url: string
  /** Those worth keeping; `content-type` among them. Of the others count those that somebody asked for. */
  readonly headers: HeaderList
  /** Decoded: without any content encoding. */
  readonly body: Uint8Array
  /** What the body was read as, where it was: JSON that every reader reads alike. Nothing that is kept has it. */
  readonly json?: { readonly text: string; readonly value: Json } | undefined
}

/** An interim answer (103 Early Hints …). */
export interface RecordedInterim extends InterimResponse {
  /** Milliseconds since the request. */
  readonly at: number
}

export interface RecordedResponse {
  /** What came before the answer, in order. */
  readonly interim?: readonly RecordedInterim[]
  readonly status: number
  readonly headers: HeaderList
  readonly trailers?: HeaderList
  /** Decoded: without any content encoding. */
  readonly body: Uint8Array
  /** The encoding the body came in; a replay puts it on again where the client accepts it. */
  readonly encoding?: ContentEncoding
  /**
   * Milliseconds: to the first byte, then from each event of a stream to the next. A body that is no event stream has one
   * entry, or a second one for the time until its last byte.
   */
  readonly timing: readonly number[]
}

export interface Interaction {
  readonly request: RecordedRequest
  readonly response: RecordedResponse
  readonly recorded: {
    /** ISO 8601, UTC, to the second. */
    readonly at: string
    /** Whole duration in milliseconds. */
    readonly ms: number
  }
}

/** One place where the nearest recording is not the incoming request. */
export interface Difference {
  /** `method`, `path`, `query.beta`, `messages[1].content` … */
  readonly path: string
  /** As people would say it: `recorded "Say hi", got "Say ho"`, `not recorded: "strict"`. Bounded in length. */
  readonly detail: string
}

export type TapeAnswer = TapeHit | TapeMiss

export interface TapeHit {
  readonly kind: 'hit'
  readonly interaction: Interaction
  /** The file that it stands in, as messages name it. */
  readonly cassette: string
}

/**
 * How a recording fits a request. `exact`: in all that cassettes compare without rules; `rules`: in all that the cassette's rules
 * count; `ids`: in all but ids that may be the client's.
 */
export type Offer =
  | { readonly by: 'exact' | 'rules'; readonly isFresh: boolean }
  | {
      readonly by: 'ids'
      /** Whether it was not played yet. */
      readonly isFresh: boolean
      /** Whether each id that differs was bound so before. */
      readonly isKnown: boolean
      /** The recorded ids of what the API keeps that would be bound, as one text. */
      readonly state: string
    }

/**
 * Why nothing answers. `none`: nothing was recorded like it. `played`: all that was recorded of it has been played, and is not to be
 * repeated. `ids`: several recordings are equal but for the ids of what the API keeps, and nobody can tell which of them is meant.
 */
export type MissReason = 'none' | 'played' | 'ids'

export interface TapeMiss {
  readonly kind: 'miss'
  readonly reason: MissReason
  /** How many interactions the cassette holds. */
  readonly recorded: number
  /** How many of them are those that were played, or that differ in ids only. */
  readonly equal: number
  /** The most alike; `undefined` in an empty cassette. */
  readonly nearest: NearestRecording | undefined
}

export interface NearestRecording {
  /** File and line: `recordings/weather.yaml:12`. */
  readonly at: string
  /** File, line, number and address. */
  readonly place: string
  /** At most five, those that matter. */
  readonly differences: readonly Difference[]
  /** The smaller, the more alike: by what differs, then by how much of the text does not. */
  readonly distance: number
  /** Rules of matching under which it would fit; `undefined` where what differs is not to be passed over. */
  readonly rules: { readonly ignore: readonly string[]; readonly normalise: readonly string[] } | undefined
}

/** An interaction of a cassette, and whether anybody asked for it. */
export interface InteractionUse {
  /** File and line: `recordings/weather.yaml:12`. */
  readonly place: string
  /** Method and path: `POST /v1/chat/completions`. */
  readonly endpoint: string
  readonly model: string | undefined
  /** How often it was played, or recorded, in this run. */
  readonly uses: number
}

/** A cassette in play: its index and its cursor. */
export interface Tape {
  /** The cassette's file as messages name it, e.g. `recordings/weather.yaml`. */
  readonly name: string
  /** Whether the cassette existed when it was opened. */
  readonly existed: boolean
  /** How many interactions it holds now. */
  readonly size: number
  /** Whether it holds what its file holds now; `refresh` reads what has changed. */
  isCurrent(): boolean
  /**
   * Takes in what other processes recorded, or a person edited. Throws {@link CassetteError}.
   * @returns whether there is a file
   */
  refresh(): Promise<boolean>
  /** The highest placeholder of each kind that it holds: the numbers up to it are taken. */
  placeholders(): string[]
  /** Names of the headers that count in matching, in lower case. */
  readonly countedHeaders: readonly string[]
  /** Whether a request would be a hit; moves nothing. */
  has(request: RecordedRequest): Promise<boolean>
  /** How the recording fits that would answer, or why none does; moves nothing. */
  offer(request: RecordedRequest): Promise<Offer | MissReason>
  /** Answers a request and counts the answer as used: equal requests in recorded order, then by the rule `repeat`. */
  take(request: RecordedRequest): Promise<TapeAnswer>
  /**
   * Says why a request that is no hit is none.
   * @param most how many recordings are compared in full
   */
  explain(request: RecordedRequest, most?: number): Promise<TapeMiss>
  /** Every interaction, in the order of the file, as it was when it was last read: nothing is read for it, and nothing thrown. */
  interactions(): InteractionUse[]
  /** The first answer of a status that the provider of this address gave; moves nothing. */
  findAnswer(wanted: { readonly status: number; readonly origin: string }): Interaction | undefined
  /** The faults that its header names. */
  readonly faults: readonly FaultSpec[]
  /**
   * Appends one interaction.
   * @param check sees what is to be written before a byte is
   * @param numbers those of its placeholders: what others have written meanwhile is not written again for another secret
   */
  append(interaction: Interaction, check: TextCheck, numbers?: PlaceholderNumbers): Promise<void>
}

/**
 * Throws where a text must not be written: the finished document, and each stream as it was sent, since the document leaves out what
 * its events share.
 * @param stream the part whose stream it is
 */
export type TextCheck = (text: string, stream?: 'request' | 'response') => void

/** What went wrong with a cassette; the message says which file, where in it, and what to do. */
export class CassetteError extends Error {
  readonly code:
    | 'cassette_missing'
    | 'cassette_broken'
    | 'cassette_changed'
    | 'cassette_unwritable'
    | 'cassette_name'
    | 'cassette_secret'
    | 'cassette_match'

  constructor(code: CassetteError['code'], message: string) {
    super(message)
    this.name = 'CassetteError'
    this.code = code
  }
}
