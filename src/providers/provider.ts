/** What the house must know of an API family: the contract that every provider file fulfils, and the view of a request it gives. */
import type { HttpResponse } from '../http/message.ts'
import type { Json, JsonPath } from '../http/json.ts'

/** The providers that the proxy calls. */
export type ApiName = 'openai' | 'anthropic'

/** `generic`: any other server. Recordings answer for it; the proxy never calls it. */
export type ProviderName = ApiName | 'generic'

/** Who speaks in a text. `schema` is a tool definition, `unknown` a text that the provider file does not know: never unjudged. */
export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'schema' | 'unknown'

/** One text of a request, with who speaks it and where it stands. */
export interface RoleText {
  readonly role: Role
  readonly path: JsonPath
  readonly text: string
}

/** An output-token limit as the request gives it. */
export interface TokenLimit {
  readonly path: JsonPath
  /** What stands there; anything but a whole number counts as no limit at all. */
  readonly value: Json
}

/** The provider-neutral view of a request: what the rules judge. */
export interface ModelCall {
  readonly provider: ProviderName
  /** The endpoint without its ids, e.g. `POST /v1/threads/{id}/runs`. */
  readonly endpoint: string
  /** Whether the endpoint runs a model or keeps one for later. */
  readonly isModelEndpoint: boolean
  /** Whether the provider's table knows this endpoint, with this method. */
  readonly known: boolean
  /** The first model named, or `undefined` where the request names none. */
  readonly model: string | undefined
  /** Every model that the request names, under every name (`fallbacks`, a form field sent twice …). */
  readonly models: readonly string[]
  readonly stream: boolean
  /** Every output-token limit the request gives. */
  readonly tokenLimits: readonly TokenLimit[]
  /** Where a limit belongs that the request leaves out; empty where the endpoint has none. */
  readonly missingTokenLimits: readonly JsonPath[]
  readonly texts: readonly RoleText[]
}

/** An error that the proxy itself answers with, before it has a provider's shape. */
export interface ProxyError {
  readonly status: number
  /** OpenAI's `error.type`; Anthropic's follows from the status. */
  readonly type: string
  /** Machine-readable, one per cause, e.g. `model_not_allowed`. */
  readonly code: string
  readonly message: string
  /** The field that is at fault, or `null`. */
  readonly param: string | null
  /** Whether the same request may succeed later. `false` is sent as `x-should-retry: false`, which both SDKs obey. */
  readonly retry: boolean
  /** Time until a retry can succeed, in milliseconds. */
  readonly retryAfterMs?: number
  /** Of a miss: file and line of the nearest recording. Not told to the client but in the message. */
  readonly nearest?: string
}

/** What a request carries, taken apart once: its path, and its body as JSON or as form parts. */
export interface ParsedRequest {
  readonly method: string
  /** Normalised path without query, as the upstream gets it, e.g. `/v1/chat/completions`. */
  readonly path: string
  readonly content: ParsedContent
}

export type ParsedContent =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: Json; readonly text: string }
  | { readonly kind: 'form'; readonly fields: readonly FormField[] }
  /** Neither JSON nor a form: one text of role `unknown` where it is text at all. */
  | { readonly kind: 'other'; readonly text: string | undefined }

export interface FormField {
  readonly name: string
  /** The file's name where the field is a file. */
  readonly filename: string | undefined
  /** `undefined` where the bytes are not UTF-8. */
  readonly text: string | undefined
}

/** An API family. */
export interface Provider {
  readonly name: ProviderName
  /**
   * The public address, e.g. `https://api.openai.com`: what cassettes show, whatever upstream is configured. `''` of the generic
   * one, whose paths are whole addresses.
   */
  readonly origin: string
  /** The header that an answer's id stands in. */
  readonly requestIdHeader: string
  /** Reads the model call out of a request. Throws on a body that cannot be read as the upstream would. */
  readCall(request: ParsedRequest): ModelCall
  /** An error as the provider itself would answer it. */
  renderError(error: ProxyError, requestId: string): HttpResponse
  /** The event that tells a client in mid-stream that the stream has failed. */
  renderStreamError(error: ProxyError, requestId: string): string
}
