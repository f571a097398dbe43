/** No request asks for more than the limit, and leaving the limit out is no way round. */
import { describe, expect, it } from 'vitest'
import { maxTokens } from '../../src/firewall/max-tokens.ts'
import type { Json } from '../../src/http/json.ts'
import { context, modelCall, testRule, wordsOf } from './test-rule.ts'

testRule(() => maxTokens(4000), { call: modelCall({ tokenLimits: [{ path: ['max_tokens'], value: 9000 }] }) })

const judge = (value: Json): Promise<string> =>
  wordsOf(maxTokens(4000).judge(modelCall({ tokenLimits: [{ path: ['max_tokens'], value }] }), context()))

describe('a limit', () => {
  it.each<Json>([0, 1, 4000, 4000.0, null])('of %j passes', async (value) => {
    expect(await judge(value)).toBe('allow')
  })

  it.each<[Json, string]>([
    [9000, '9000'],
    [4001, '4001'],
    [1e300, '1e+300'],
    [10.5, '10.5'],
    [-1, '-1'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['100', '"100"'],
    ['inf', '"inf"'],
    [true, 'true'],
    [[100], '[100]'],
    [{ a: 1 }, '{"a":1}']
  ])('of %j does not', async (value, shown) => {
    expect(await judge(value)).toBe(`Security violation: Max tokens ${shown} exceeds limit of 4000`)
  })

  it('is not shown whole where it is a long text', async () => {
    expect((await judge('x'.repeat(5000))).length).toBeLessThan(120)
  })

  it('is judged wherever it stands, and the field is named', async () => {
    const tokenLimits = [
      { path: ['max_tokens'], value: 5 },
      { path: ['requests', 1, 'params', 'max_tokens'], value: 9000 }
    ]
    const verdict = await maxTokens(4000).judge(modelCall({ tokenLimits }), context())
    expect(verdict).toMatchObject({
      kind: 'block',
      error: { param: 'requests[1].params.max_tokens', code: 'max_tokens_exceeded' }
    })
  })

  it('that is missing is set, in each place', async () => {
    const missingTokenLimits = [['max_completion_tokens'], ['session', 'max_output_tokens']]
    expect(await maxTokens(4000).judge(modelCall({ missingTokenLimits }), context())).toEqual({
      kind: 'rewrite',
      edits: missingTokenLimits.map((path) => ({ path, value: 4000 }))
    })
  })

  it('that is missing does not save one that is too high', async () => {
    const call = modelCall({
      missingTokenLimits: [['max_completion_tokens']],
      tokenLimits: [{ path: ['max_output_tokens'], value: 9000 }]
    })
    expect(await wordsOf(maxTokens(4000).judge(call, context()))).toMatch(/exceeds/)
  })
})
