/** A user's own rules: what they are given, what they may answer, and how they become rules like the built-in ones. */
import type { Ledger } from '../metering/ledger.ts'
import type { ModelCall } from '../providers/provider.ts'
import { ALLOW, type Rule, type Verdict } from './rule.ts'

/** What an own rule says. Made by {@link allow} and {@link block}. */
export type OwnVerdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'block'; readonly message: string; readonly code: string; readonly status: number }

/** What an own rule may ask besides the call itself. */
export interface OwnRuleContext {
  /** Counts that live as long as the proxy. A rule's keys are its own: no other rule counts under them. */
  readonly ledger: Pick<Ledger, 'take'>
  /** The name of the caller's token; `undefined` where the proxy has none. */
  readonly caller: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  /** Aborted when the client leaves or the rule's time is up: pass it to what the rule waits for. */
  readonly signal: AbortSignal
}

/** A rule of a user's own. */
export interface OwnRule {
  /** As the log names it: lower-case words with hyphens between them. */
  readonly name: string
  /** Judges a call before it is answered, in every mode. Refuses where it throws, answers something else, or takes too long. */
  judge(call: ModelCall, context: OwnRuleContext): OwnVerdict | Promise<OwnVerdict>
}

/** Lets a call through, as far as this rule goes. */
export function allow(): OwnVerdict {
  return { kind: 'allow' }
}

/**
 * Refuses a call.
 * @param message what the client is told: what is wrong and what to do
 */
export function block(
  message: string,
  options: {
    /** Machine-readable. @default 'blocked_by_rule' */
    readonly code?: string
    /** From 400 to 499. @default 403 */
    readonly status?: number
  } = {}
): OwnVerdict {
  return { kind: 'block', message, code: options.code ?? 'blocked_by_rule', status: options.status ?? 403 }
}

/** Says that an object is a rule, and has its types checked. */
export function defineRule(rule: OwnRule): OwnRule {
  return rule
}

/** What running own rules needs. */
export interface OwnRuleParts {
  /** Milliseconds that a rule may take. */
  readonly timeoutMs: number
  /** Waits; rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Makes a rule of a user's own one like the others. */
export function fromOwnRule(own: OwnRule, { timeoutMs, sleep }: OwnRuleParts): Rule {
  const { name } = own
  return {
    name,
    summary: `own rule: ${name}`,
    async judge(call, { ledger, caller, now, signal }) {
      // A true one: it may be given to `fetch`.
      const ending = new AbortController()
      const limits = ending.signal
      const leave = (): void => ending.abort(signal?.reason)
      signal?.addEventListener('abort', leave)
      if (signal?.aborted) leave()
      const scoped: OwnRuleContext['ledger'] = { take: (key, allowance) => ledger.take(`rule ${name}: ${key}`, allowance) }
      const judged = Promise.resolve(own.judge(call, { ledger: scoped, caller, now, signal: limits }))
      const late = sleep(timeoutMs, limits).then(() => {
        throw new Error(`it took longer than ${timeoutMs} ms`)
      })
      try {
        return toVerdict(name, await Promise.race([judged, late]))
      } finally {
        // Whoever lost the race is not waited for, and its failure is nobody's.
        judged.catch(() => undefined)
        late.catch(() => undefined)
        signal?.removeEventListener('abort', leave)
        ending.abort()
      }
    }
  }
}

/** Checks what came back: a rule in plain JavaScript may answer anything. */
function toVerdict(name: string, verdict: OwnVerdict): Verdict {
  if (verdict?.kind === 'allow') return ALLOW
  if (verdict?.kind !== 'block') throw new Error(`it answered neither allow() nor block(). Let ${name} return one of them`)
  const { message, code, status } = verdict
  if (typeof message !== 'string' || message.trim() === '') throw new Error('it blocked without a message')
  if (!/^[a-z0-9_]{1,64}$/.test(String(code))) throw new Error('it blocked with a code that is no word of a-z, 0-9 and _')
  if (!Number.isInteger(status) || status < 400 || status > 499)
    throw new Error('it blocked with a status that is none from 400 to 499')
  const type = { 401: 'authentication_error', 429: 'rate_limit_error' }[status] ?? 'security_filter_error'
  return { kind: 'block', error: { status, type, code, message, param: null, retry: false } }
}
