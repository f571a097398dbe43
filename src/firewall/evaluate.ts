/** Asks the rules in order and makes one verdict of theirs. */
import type { ModelCall, ProxyError } from '../providers/provider.ts'
import { LedgerError } from '../metering/ledger.ts'
import { violation, type FieldEdit, type Rule, type RuleContext } from './rule.ts'

/** What all rules together say. `failure` is what a rule threw: for the operator, never for the client. */
export type Judgement =
  | { readonly kind: 'pass'; readonly edits: readonly FieldEdit[] }
  | { readonly kind: 'block'; readonly rule: string; readonly error: ProxyError; readonly failure?: unknown }

/** The first block wins; rewrites add up. A rule that throws blocks. */
export async function evaluate(rules: readonly Rule[], call: ModelCall, context: RuleContext): Promise<Judgement> {
  const edits: FieldEdit[] = []
  for (const rule of rules) {
    try {
      // Only a user's own rules take their time.
      const judged = rule.judge(call, context)
      const verdict = judged instanceof Promise ? await judged : judged
      if (verdict.kind === 'block') return { kind: 'block', rule: rule.name, error: verdict.error }
      if (verdict.kind === 'rewrite') edits.push(...verdict.edits)
      else if (verdict.kind !== 'allow') throw new Error(`The rule ${rule.name} gave no verdict that this proxy knows.`)
    } catch (failure) {
      // Counts that cannot be had are no rule's fault, and may be had again soon.
      if (failure instanceof LedgerError) throw failure
      const error = violation('rule_failed', `The rule ${rule.name} could not judge this request, so it is refused`, null)
      return { kind: 'block', rule: rule.name, error, failure }
    }
  }
  return { kind: 'pass', edits }
}
