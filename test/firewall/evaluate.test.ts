/** The rules together: their order, their one verdict, and that a failing rule never opens the door. */
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/firewall/evaluate.ts'
import { createRules } from '../../src/firewall/index.ts'
import { ALLOW, refuse, type Rule, type Verdict } from '../../src/firewall/rule.ts'
import { context, modelCall } from './test-rule.ts'

function rule(name: string, judge: Rule['judge']): Rule {
  return { name, summary: name, judge }
}

const FAILED = 'Security violation: The rule broken could not judge this request, so it is refused'

describe('evaluating', () => {
  it('passes where there is no rule, and where all allow', async () => {
    expect(await evaluate([], modelCall(), context())).toEqual({ kind: 'pass', edits: [] })
    expect(await evaluate([rule('a', () => ALLOW), rule('b', async () => ALLOW)], modelCall(), context())).toEqual({
      kind: 'pass',
      edits: []
    })
  })

  it('adds rewrites up in order', async () => {
    const rules = [1, 2].map((value) => rule(`r${value}`, () => ({ kind: 'rewrite', edits: [{ path: ['a'], value }] })))
    expect(await evaluate(rules, modelCall(), context())).toEqual({
      kind: 'pass',
      edits: [
        { path: ['a'], value: 1 },
        { path: ['a'], value: 2 }
      ]
    })
  })

  it('stops at the first block and asks no rule behind it', async () => {
    let asked = 0
    const rules = [rule('first', () => refuse('no', 'No', null)), rule('second', () => ((asked += 1), ALLOW))]
    expect(await evaluate(rules, modelCall(), context())).toMatchObject({ kind: 'block', rule: 'first', error: { code: 'no' } })
    expect(asked).toBe(0)
  })

  it.each<[string, Rule['judge']]>([
    [
      'throws',
      () => {
        throw new Error('with a secret in it')
      }
    ],
    ['rejects', () => Promise.reject(new Error('with a secret in it'))],
    [
      'throws no error',
      () => {
        throw undefined
      }
    ],
    ['says nothing', () => undefined as unknown as Verdict],
    ['says true', () => true as unknown as Verdict],
    ['says something that nobody knows', () => ({ kind: 'deny' }) as unknown as Verdict],
    ['rewrites nothing', () => ({ kind: 'rewrite' }) as unknown as Verdict]
  ])('blocks where a rule %s, and tells the client nothing of why', async (_what, judge) => {
    const judgement = await evaluate([rule('broken', judge)], modelCall(), context())
    expect(judgement).toMatchObject({
      kind: 'block',
      rule: 'broken',
      error: { status: 403, code: 'rule_failed', message: FAILED }
    })
    expect(JSON.stringify(judgement.kind === 'block' && judgement.error)).not.toContain('secret')
  })
})

describe('the rules of the settings', () => {
  it('are none where nothing is set', () => {
    expect(createRules({})).toEqual([])
    expect(createRules({ allowedModels: undefined, maxTokens: undefined, forbiddenInstructions: undefined })).toEqual([])
  })

  it('come in one order', () => {
    const rules = createRules({ maxTokens: 1, allowedModels: ['a'], forbiddenInstructions: [{ role: '*', pattern: 'x' }] })
    expect(rules.map(({ name }) => name)).toEqual(['allowed-models', 'max-tokens', 'forbidden-instructions'])
    expect(rules.map(({ summary }) => summary)).toEqual([
      'allowed models: a',
      'output tokens: at most 1',
      'forbidden instructions: *:x'
    ])
  })
})
