/** An interaction: an exchange as a cassette holds it, and what a tape in play answers. Everything in it is redacted. */
import type { ContentEncoding } from '../http/body.ts'
import type { HeaderList } from '../http/message.ts'

export interface RecordedRequest {
  readonly method: string
  /** The provider's public address, path and query: `https://api.openai.com/v1/chat/completions`. */
  readonly url: string
  /** Those worth keeping; `content-type` among them. Only `content-type` counts when comparing. */
  readonly headers: HeaderList
  /** Decoded: without any content encoding. */
  readonly body: Uint8Array
}

export interface RecordedResponse {
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

export type TapeAnswer =
  | { readonly kind: 'hit'; readonly interaction: Interaction }
  | {
      readonly kind: 'miss'
      /** How many interactions the cassette holds. */
      readonly recorded: number
      /** The most alike, with at most five differences that matter; `undefined` in an empty cassette. */
      readonly nearest: { readonly place: string; readonly differences: readonly Difference[] } | undefined
    }

/** A cassette in play: its index and its cursor. */
export interface Tape {
  /** The cassette's file as messages name it, e.g. `recordings/weather.yaml`. */
  readonly name: string
  /** Whether the cassette existed when it was opened. */
  readonly existed: boolean
  /** How many interactions it holds now. */
  readonly size: number
  /** Whether a request would be a hit; moves nothing. */
  has(request: RecordedRequest): boolean
  /** Answers a request and moves the cursor: equal requests in recorded order, then the last one again and again. */
  take(request: RecordedRequest): TapeAnswer
  /**
   * Appends one interaction.
   * @param check sees the finished text before a byte is written, and throws where it must not be
   */
  append(interaction: Interaction, check: (text: string) => void): Promise<void>
}

/** What went wrong with a cassette; the message says which file, where in it, and what to do. */
export class CassetteError extends Error {
  readonly code: 'cassette_missing' | 'cassette_broken' | 'cassette_unwritable' | 'cassette_name' | 'cassette_secret'

  constructor(code: CassetteError['code'], message: string) {
    super(message)
    this.name = 'CassetteError'
    this.code = code
  }
}
