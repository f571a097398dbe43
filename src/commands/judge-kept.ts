/** Judges a kept request by the rules now in force, and says how the verdict differs from the earlier one. */
import { evaluate } from '../firewall/evaluate.ts'
import { formatPath } from '../http/json.ts'
import { createMemoryLedger } from '../metering/memory-ledger.ts'
import { unreadable } from '../pipeline/errors.ts'
import type { Policy } from '../pipeline/policy.ts'
import type { ModelCall } from '../providers/provider.ts'
import type { EarlierVerdict, KeptPlace, KeptRequest } from './kept-request.ts'

/** `refused`: it was allowed, and would be refused. `allowed`: the other way round. `changed`: refused or rewritten in another way. */
export type Change = 'refused' | 'allowed' | 'changed'

/** What became of one kept request. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly asked: string
  readonly model?: string | undefined
  /** `same`: the verdict stays. `skipped`: it cannot be judged. */
  readonly result: Change | 'same' | 'skipped'
  /** What would happen now, or why it cannot be judged; `''` where nothing changes. */
  readonly text: string
  /** The rule that would refuse it. */
  readonly rule?: string | undefined
}

type Verdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'rewrite'; readonly changes: readonly string[] }
  | { readonly kind: 'block'; readonly rule: string; readonly code: string; readonly message: string }

/** @param report hears of rules that fail */
export function createKeptJudge(policy: Policy, report: (line: string) => void): (place: KeptPlace) => Promise<Finding> {
  const ledger = createMemoryLedger()

  async function judge({ call, caller, at }: KeptRequest): Promise<{ now: Verdict; model: string | undefined }> {
    let read: ModelCall
    try {
      read = call()
    } catch (error) {
      const { code, message } = unreadable(error) ?? { code: 'unreadable', message: String(error) }
      return { now: { kind: 'block', rule: 'none', code, message }, model: undefined }
    }
    // Rates and budgets are not asked: they depend on when requests come, not on what they hold.
    const judgement = await evaluate(policy.rulesFor(caller), read, {
      ledger,
      now: at,
      caller,
      signal: new AbortController().signal
    })
    if (judgement.kind === 'block') {
      if (judgement.failure !== undefined) report(`The rule ${judgement.rule} failed: ${String(judgement.failure)}`)
      const { code, message } = judgement.error
      return { now: { kind: 'block', rule: judgement.rule, code, message }, model: read.model }
    }
    const changes = judgement.edits.map(({ path, value }) => `${formatPath(path)} set to ${JSON.stringify(value)}`)
    return { now: changes.length === 0 ? { kind: 'allow' } : { kind: 'rewrite', changes }, model: read.model }
  }

  return async ({ file, line, asked, request }) => {
    if ('skipped' in request) return { file, line, asked, result: 'skipped', text: request.skipped }
    const { now, model } = await judge(request)
    return { file, line, asked, model, ...compare(request.was, now) }
  }
}

function compare(was: EarlierVerdict, now: Verdict): Pick<Finding, 'result' | 'text' | 'rule'> {
  if (now.kind === 'block') {
    const text = `${now.message} (${now.code})`
    if (was.kind !== 'block')
      return { result: 'refused', text: `was allowed, would be refused by ${shownRule(now)}: ${text}`, rule: now.rule }
    if (was.rule === now.rule && was.code === now.code) return SAME
    return {
      result: 'changed',
      text: `was refused by ${was.rule}, would be refused by ${shownRule(now)}: ${text}`,
      rule: now.rule
    }
  }
  const rewritten = now.kind === 'rewrite' ? `, with ${now.changes.join(', ')}` : ''
  if (was.kind === 'block')
    return { result: 'allowed', text: `was refused by ${was.rule} (${was.code}), would be allowed${rewritten}` }
  const before = was.kind === 'rewrite' ? was.changes.join(', ') : ''
  const after = now.kind === 'rewrite' ? now.changes.join(', ') : ''
  if (before === after) return SAME
  return {
    result: 'changed',
    text: after === '' ? `was rewritten (${before}), would be sent as it is` : `would be rewritten: ${after}`
  }
}

const SAME = { result: 'same', text: '' } as const

function shownRule({ rule }: { readonly rule: string }): string {
  return rule === 'none' ? 'the proxy itself' : rule
}
