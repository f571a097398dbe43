/** Only listed models pass, whatever a request calls them. */
import { describe, expect, it } from 'vitest'
import { allowedModels } from '../../src/firewall/allowed-models.ts'
import { context, modelCall, testRule, wordsOf } from './test-rule.ts'

testRule(() => allowedModels(['gpt-4*']), { call: modelCall({ models: ['nope'] }) })

const judge = (patterns: readonly string[], parts: Parameters<typeof modelCall>[0]): Promise<string> =>
  wordsOf(allowedModels(patterns).judge(modelCall(parts), context()))

describe('a model', () => {
  it.each(['gpt-4o', 'GPT-4O', 'gpt-4', 'gpt-4.1-mini', 'claude-opus-5'])('%s passes gpt-4*, claude-opus-5', async (model) => {
    expect(await judge(['gpt-4*', 'Claude-Opus-5'], { models: [model] })).toBe('allow')
  })

  it.each(['nope', 'gpt-3.5-turbo', 'my-gpt-4o', 'claude-opus-5-5', '', ' gpt-4o'])('%j does not', async (model) => {
    expect(await judge(['gpt-4*', 'claude-opus-5'], { models: [model] })).toBe(
      `Security violation: Model ${model} is not allowed`
    )
  })

  it('is refused wherever it stands among allowed ones', async () => {
    expect(await judge(['gpt-4*'], { models: ['gpt-4o', 'nope', 'gpt-4'] })).toBe('Security violation: Model nope is not allowed')
  })

  it('that is not named is unknown, and refused where an endpoint runs one', async () => {
    expect(await judge(['*'], { models: [] })).toBe(
      'Security violation: Model unknown is not allowed: the request names no model'
    )
    expect(await judge(['gpt-4*'], { models: [], isModelEndpoint: false })).toBe('allow')
    expect(await judge(['gpt-4*'], { models: ['nope'], isModelEndpoint: false })).toBe(
      'Security violation: Model nope is not allowed'
    )
  })

  it('with a name that would spoil a log is shown short and in one line', async () => {
    const message = await judge(['gpt-4*'], { models: [`x\r\ny${'z'.repeat(5000)}`] })
    expect(message).toMatch(/^Security violation: Model x yz+… is not allowed$/)
    expect(message.length).toBeLessThan(200)
  })

  it('names the field that is at fault, and its own code for each cause', async () => {
    const codes = await Promise.all(
      [['nope'], []].map(async (models) => {
        const verdict = await allowedModels(['gpt-4*']).judge(modelCall({ models }), context())
        return verdict.kind === 'block' ? [verdict.error.code, verdict.error.param] : []
      })
    )
    expect(codes).toEqual([
      ['model_not_allowed', 'model'],
      ['model_unknown', 'model']
    ])
  })

  it('never passes an empty list', async () => {
    expect(await judge([], {})).toMatch(/not allowed/)
  })
})
