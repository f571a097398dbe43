/** An exchange: one live request and its answer, from the moment it is opened until it is settled. */
import type { Json } from '../http/json.ts'
import type { HeaderList, HttpRequest, InterimResponse } from '../http/message.ts'
import type { ModelCall, ParsedContent, ProviderName, ProxyError } from '../providers/provider.ts'
import type { Cost } from '../metering/cost.ts'
import type { Usage } from '../metering/usage.ts'

/** Where the answer came from: the real API, a cassette, or the proxy itself (a refusal, an error). */
export type Source = 'upstream' | 'tape' | 'proxy'

/** What the rules said. */
export type ExchangeVerdict =
  | { readonly kind: 'allow' }
  /** Let through with changes, e.g. `max_tokens set to 4000`. */
  | { readonly kind: 'rewrite'; readonly changes: readonly string[] }
  /** Refused by a rule, or by the `door` before any rule was asked (a foreign origin, no token, a body that cannot be read). */
  | { readonly kind: 'block'; readonly rule: string; readonly code: string; readonly message: string }

/**
 * How it ended. `aborted`: the client left. `broken`: the upstream failed or timed out. `refused`: the proxy answered.
 * `closed`: the proxy was closed meanwhile.
 */
export type Outcome = 'complete' | 'aborted' | 'broken' | 'refused' | 'closed'

/** A chunk of the answer as it came. */
export interface TimedChunk {
  /** Milliseconds since the exchange was opened. */
  readonly at: number
  readonly bytes: Uint8Array
}

/** An interim answer as it came. */
export interface TimedInterim extends InterimResponse {
  /** Milliseconds since the exchange was opened. */
  readonly at: number
}

/** The answer as far as it was noted. */
export interface CapturedBody {
  readonly chunks: readonly TimedChunk[]
  /** All bytes that passed, whether noted or not. */
  readonly size: number
  /** Whether `chunks` hold only the beginning, because the rest was past the bound. */
  readonly truncated: boolean
}

/**
 * The bytes that were noted, in one piece.
 * @param most after so many, no further piece is taken
 */
export function wholeOf({ chunks }: CapturedBody, most: number = Number.POSITIVE_INFINITY): Uint8Array {
  if (chunks.length === 1) return chunks[0]!.bytes
  const taken: Uint8Array[] = []
  let size = 0
  for (const { bytes } of chunks) {
    if (size >= most) break
    taken.push(bytes)
    size += bytes.byteLength
  }
  return Buffer.concat(taken, size)
}

/**
 * The tokens that an answer told. `partial`: it ended early, and more may have been used. `estimated`: at least a part was told by nobody,
 * and is counted by the text that came.
 */
export type ExchangeUsage = Usage & { readonly partial?: true; readonly estimated?: true }

/** Bodies that were read on the way, decoded. */
export interface ParsedBodies {
  readonly request: ParsedContent | undefined
  /** A JSON answer, where it was read for its usage. */
  readonly response: { readonly text: string; readonly value: Json | undefined } | undefined
}

/** A finished exchange, as the sinks receive it. Nothing in it is redacted yet. */
export interface Exchange {
  /** Unique; also the answer's `x-openai-proxy-id` header. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly openedAt: number
  /** The cassette session of the base URL, or `''`. */
  readonly session: string
  /** As the client sent it, but for the proxy's own path prefixes. */
  readonly request: HttpRequest
  readonly provider: ProviderName
  /** The name of the caller's token; `undefined` where the proxy has none, or the caller showed none. */
  readonly caller?: string | undefined
  /** Normalised path and query, as the provider's public API names it: `/v1/chat/completions`. */
  readonly path: string
  /** `undefined` where the request could not be read (bad JSON …). */
  readonly call: ModelCall | undefined
  readonly verdict: ExchangeVerdict
  readonly source: Source
  /** `undefined` where the client left before an answer began. */
  readonly response:
    | {
        readonly status: number
        readonly headers: HeaderList
        readonly body: CapturedBody
        /** What followed the body. */
        readonly trailers?: HeaderList
        /** What came before it, in order; of very many the first. */
        readonly interim?: readonly TimedInterim[]
      }
    | undefined
  readonly outcome: Outcome
  /** What went wrong, where something did. */
  readonly error: ProxyError | undefined
  /** Milliseconds from opening to the first byte of the answer's body. */
  readonly firstByteMs: number | undefined
  /** Milliseconds from opening to the end. */
  readonly durationMs: number
  readonly usage: ExchangeUsage | undefined
  /** What it has cost, or would have cost where a tape answered; `undefined` where nobody knows. */
  readonly cost?: Cost | undefined
  /** The faults that struck it on purpose, for people: `status 429 (seed 7)`. */
  readonly fault?: string | undefined
  /** The cassette that it was looked for in, or is recorded in. */
  readonly cassette?: string | undefined
  /** So that no sink reads them again; gone when all have had the exchange, since many are kept. */
  parsed?: ParsedBodies | undefined
}
