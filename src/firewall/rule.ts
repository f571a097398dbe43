/** The contract of a rule: it judges a model call and gives a verdict, in every mode. */
import type { CancelSignal } from '../http/cancel.ts'
import type { Json, JsonPath } from '../http/json.ts'
import type { ModelCall, ProxyError } from '../providers/provider.ts'
import type { Ledger } from '../metering/ledger.ts'

/** A field that a rule sets in the request before it goes out. */
export interface FieldEdit {
  readonly path: JsonPath
  readonly value: Json
}

export type Verdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'rewrite'; readonly edits: readonly FieldEdit[] }
  | { readonly kind: 'block'; readonly error: ProxyError }

/** What a rule may ask besides the call itself. */
export interface RuleContext {
  readonly ledger: Ledger
  /** Milliseconds since 1970. */
  readonly now: number
  /** The name of the caller's token, where the proxy has tokens. */
  readonly caller?: string | undefined
  /** Aborted when the client leaves. */
  readonly signal?: CancelSignal | undefined
}

export interface Rule {
  /** As the log names it, e.g. `allowed-models`. */
  readonly name: string
  /** One line for people: what is in force, e.g. `allowed models: gpt-4*`. */
  readonly summary: string
  /** A rule that throws blocks. */
  judge(call: ModelCall, context: RuleContext): Verdict | Promise<Verdict>
}

export const ALLOW: Verdict = { kind: 'allow' }

/** A refusal's error in the words that users of this firewall know: 403, `security_filter_error`. */
export function violation(code: string, message: string, param: string | null): ProxyError {
  return { status: 403, type: 'security_filter_error', code, message: `Security violation: ${message}`, param, retry: false }
}

/** The verdict that refuses with a {@link violation}. */
export function refuse(code: string, message: string, param: string | null): Verdict {
  return { kind: 'block', error: violation(code, message, param) }
}
