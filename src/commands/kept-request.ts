/** A request that was kept, in a cassette or in a log, as it can be judged again. */
import type { ModelCall } from '../providers/provider.ts'

/** What the rules said when the request was kept; of a cassette's: nothing against it. */
export type EarlierVerdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'rewrite'; readonly changes: readonly string[] }
  | { readonly kind: 'block'; readonly rule: string; readonly code: string }

/** A request that was kept. */
export interface KeptRequest {
  readonly was: EarlierVerdict
  /** The name of the caller's token. */
  readonly caller: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
  /** Throws, as it would for a live request, where it cannot be read. */
  readonly call: () => ModelCall
}

/** Where it stands, and what it is; or why it cannot be judged. */
export interface KeptPlace {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** e.g. `POST /v1/chat/completions`. */
  readonly asked: string
  readonly request: KeptRequest | { readonly skipped: string }
}
