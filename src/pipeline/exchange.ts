/** An exchange: one live request and its answer, from the moment it is opened until it is settled. */
import type { HeaderList, HttpRequest } from '../http/message.ts'
import type { ModelCall, ProviderName, ProxyError } from '../providers/provider.ts'
import type { Usage } from '../metering/usage.ts'

/** Where the answer came from: the real API, a cassette, or the proxy itself (a refusal, an error). */
export type Source = 'upstream' | 'tape' | 'proxy'

/** What the rules said. */
export type ExchangeVerdict =
  | { readonly kind: 'allow' }
  /** Let through with changes, e.g. `max_tokens set to 4000`. */
  | { readonly kind: 'rewrite'; readonly changes: readonly string[] }
  /** Refused by a rule. */
  | { readonly kind: 'block'; readonly rule: string; readonly code: string; readonly message: string }

/** How it ended. `aborted`: the client left. `broken`: the upstream failed or timed out. `refused`: the proxy answered. */
export type Outcome = 'complete' | 'aborted' | 'broken' | 'refused'

/** A chunk of the answer as it came. */
export interface TimedChunk {
  /** Milliseconds since the exchange was opened. */
  readonly at: number
  readonly bytes: Uint8Array
}

/** The answer as far as it was noted. */
export interface CapturedBody {
  readonly chunks: readonly TimedChunk[]
  /** All bytes that passed, whether noted or not. */
  readonly size: number
  /** Whether `chunks` hold only the beginning, because the rest was past the bound. */
  readonly truncated: boolean
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
  /** Normalised path and query, as the provider's public API names it: `/v1/chat/completions`. */
  readonly path: string
  /** `undefined` where the request could not be read (bad JSON …). */
  readonly call: ModelCall | undefined
  readonly verdict: ExchangeVerdict
  readonly source: Source
  /** `undefined` where the client left before an answer began. */
  readonly response: { readonly status: number; readonly headers: HeaderList; readonly body: CapturedBody } | undefined
  readonly outcome: Outcome
  /** What went wrong, where something did. */
  readonly error: ProxyError | undefined
  /** Milliseconds from opening to the first byte of the answer's body. */
  readonly firstByteMs: number | undefined
  /** Milliseconds from opening to the end. */
  readonly durationMs: number
  readonly usage: Usage | undefined
}
