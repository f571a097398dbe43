/** What every rule must do: one suite that each rule passes. And a model call to judge, as short as it can be. */
import { describe, expect, it } from 'vitest'
import type { Ledger } from '../../src/metering/ledger.ts'
import { createMemoryLedger } from '../../src/metering/memory-ledger.ts'
import type { ModelCall, RoleText } from '../../src/providers/provider.ts'
import type { Rule, RuleContext, Verdict } from '../../src/firewall/rule.ts'

/** A chat call with what a test wants to see judged. */
export function modelCall(parts: Partial<ModelCall> = {}): ModelCall {
  const models = parts.models ?? ['gpt-4o']
  return {
    provider: 'openai',
    endpoint: 'POST /v1/chat/completions',
    isModelEndpoint: true,
    known: true,
    model: models[0],
    models,
    stream: false,
    tokenLimits: [],
    missingTokenLimits: [],
    texts: [],
    ...parts
  }
}

/** A text of a message. */
export function said(role: RoleText['role'], text: string): RoleText {
  return { role, path: ['messages', 0, 'content'], text }
}

export function context(ledger: Ledger = createMemoryLedger(), now = 0): RuleContext {
  return { ledger, now }
}

/** The words of a refusal, or what else a verdict is. */
export async function wordsOf(verdict: Verdict | Promise<Verdict>): Promise<string> {
  const given = await verdict
  return given.kind === 'block' ? given.error.message : given.kind
}

/** @param refused a call that the rule refuses */
export function testRule(createRule: () => Rule, refused: { readonly call: ModelCall }): void {
  const rule = createRule()
  describe(`${rule.name} as a rule`, () => {
    it('has a name for the log and one line for people', () => {
      expect(rule.name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(rule.summary).not.toMatch(/\n|^$/)
    })

    it('lets an innocent call pass', async () => {
      expect(await wordsOf(createRule().judge(modelCall({ texts: [said('user', 'hello')] }), context()))).toBe('allow')
    })

    it('refuses with an error that is whole: status, type, code, message and whether to try again', async () => {
      const verdict = await createRule().judge(refused.call, context())
      expect(verdict.kind).toBe('block')
      if (verdict.kind !== 'block') return
      const { status, type, code, message, retry, retryAfterMs } = verdict.error
      expect(status).toBe(403)
      expect(type).toBe('security_filter_error')
      expect(code).toMatch(/^[a-z_]+$/)
      expect(message).not.toMatch(/undefined|\[object|NaN|\n/)
      expect(retry).toBe(false)
      expect(retryAfterMs).toBeUndefined()
    })

    it('changes nothing in the call that it judges', async () => {
      const call = structuredClone(refused.call)
      await createRule().judge(call, context())
      expect(call).toEqual(refused.call)
    })

    it('judges alike when it is asked twice', async () => {
      const twice = createRule()
      expect(await twice.judge(refused.call, context())).toEqual(await twice.judge(refused.call, context()))
    })
  })
}
