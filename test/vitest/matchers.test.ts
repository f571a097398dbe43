/** The matchers: when they pass, when they do not, what they say then, and what they refuse. */
import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/log/log-entry.ts'
import type { SessionReport } from '../../src/sessions/session.ts'
import { matchers } from '../../src/vitest.ts'
import { showExchanges } from '../../src/vitest/show-exchange.ts'
import { summaryOf } from './a-task.ts'

const entry = (more: Partial<LogEntry> = {}): LogEntry => ({
  time: '2026-11-26T00:00:00Z',
  level: 'INFO',
  id: 'ex_1',
  provider: 'openai',
  endpoint: 'POST /v1/chat/completions',
  model: 'gpt-4o',
  source: 'tape',
  verdict: { kind: 'allow' },
  outcome: 'complete',
  status: 200,
  durationMs: 1,
  request: { method: 'POST', path: '/v1/chat/completions' },
  ...more
})

const answering = (message: object): LogEntry =>
  entry({ response: { status: 200, body: JSON.parse(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] })) } })
const weather = answering({
  content: 'Let me look.',
  tool_calls: [{ id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }]
})
const blocked = entry({
  source: 'proxy',
  status: 403,
  verdict: { kind: 'block', rule: 'max-tokens', code: 'max_tokens_exceeded', message: 'Too many.' },
  error: { status: 403, type: 'x', code: 'max_tokens_exceeded', message: 'Too many.\nAsk for less.', param: null }
})

const report = (more: Partial<SessionReport> = {}): SessionReport => {
  const { outcome: _outcome, ...rest } = summaryOf()
  return { ...rest, exchanges: [], ...more }
}

expect.extend(matchers)

const messageOf = (task: () => void): string => {
  try {
    task()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('It passed.')
}

describe('a matcher', () => {
  it('counts what was replayed', () => {
    expect(report()).toHaveReplayed(1)
    expect(report()).toHaveReplayed()
    expect({ report: report() }).not.toHaveReplayed(2)
    expect(messageOf(() => expect(report()).toHaveReplayed(2))).toBe(
      'expected "test/a.test.ts > a" to have replayed 2 calls, but it replayed 1\n\nIts exchanges:\n  (none)'
    )
    expect(messageOf(() => expect(report()).not.toHaveReplayed(1))).toContain('not to have replayed 1 call')
  })

  it('knows what was blocked, by which rule, with which code', () => {
    const one = report({ exchanges: [weather, blocked] })
    expect(one).toHaveBeenBlocked()
    expect(one).toHaveBeenBlocked({ rule: 'max-tokens' })
    expect(one).toHaveBeenBlocked({ rule: 'max-tokens', code: 'max_tokens_exceeded' })
    expect(one).not.toHaveBeenBlocked({ rule: 'allowed-models' })
    expect(one).not.toHaveBeenBlocked({ rule: 'max-tokens', code: 'other' })
    expect(report()).not.toHaveBeenBlocked()
    const message = messageOf(() => expect(one).toHaveBeenBlocked({ rule: 'budget', code: 'over' }))
    expect(message).toContain('to have been blocked by budget with over, but it was by max-tokens (max_tokens_exceeded)')
    expect(message).toContain(
      '2. POST /v1/chat/completions, gpt-4o, 403 from the proxy, blocked by max-tokens (max_tokens_exceeded)'
    )
    expect(message).toContain('     Too many.\n     Ask for less.')
  })

  it('sums up the cost; of what nobody knows, neither is so', () => {
    expect(report({ cost: { usd: 0.01, savedUsd: 0.02, complete: true } })).toHaveCost({ below: 0.031 })
    expect(report({ cost: { usd: 0.01, savedUsd: 0.02, complete: true } })).not.toHaveCost({ below: 0.03 })
    const unknown = report({ cost: { usd: 0, savedUsd: 0, complete: false } })
    expect(messageOf(() => expect(unknown).toHaveCost({ below: 1 }))).toContain('nobody knows the price')
    expect(messageOf(() => expect(unknown).not.toHaveCost({ below: 1 }))).toContain('nobody knows the price')
  })

  it('knows whether every recording was used, and which was not', () => {
    const unused = [{ place: 'recordings/a.yaml:12', endpoint: 'POST /v1/x', model: undefined, uses: 0 }]
    expect(report()).toBeFullyUsed()
    expect(report({ unused })).not.toBeFullyUsed()
    expect(messageOf(() => expect(report({ unused })).toBeFullyUsed())).toContain('  recordings/a.yaml:12  POST /v1/x\n')
    expect(messageOf(() => expect(report({ mode: 'record' })).not.toBeFullyUsed())).toContain('it is being recorded')
  })

  it('knows which tools were called, with what', () => {
    const one = report({ exchanges: [weather] })
    expect(one).toHaveCalledTool('get_weather')
    expect(one).toHaveCalledTool('get_weather', { city: 'Paris' })
    expect(one).toHaveCalledTool('get_weather', { city: expect.stringMatching(/^P/) })
    expect(one).toHaveCalledTool('get_weather', expect.anything())
    expect(one).not.toHaveCalledTool('get_weather', { city: 'Rome' })
    expect(one).not.toHaveCalledTool('get_time')
    const message = messageOf(() => expect(one).toHaveCalledTool('get_weather', { city: 'Rome' }))
    expect(message).toContain('with {"city":"Rome"}, but it called get_weather({"city":"Paris"})')
    expect(message).toContain('"Let me look."')
    expect(messageOf(() => expect(one).toHaveCalledTool('a', expect.any(String)))).toContain('with Any')
  })

  it.each([undefined, null, 1, 'proxy', {}, { report: undefined }])('refuses %j', (value) => {
    expect(messageOf(() => expect(value).toHaveReplayed(1))).toContain('takes proxy or cassette of openai-proxy/vitest')
    expect(messageOf(() => expect(value).not.toHaveReplayed(1))).toContain('takes proxy or cassette')
  })
})

it('shows few of very many exchanges, and little of a long answer', () => {
  const shown = showExchanges(Array.from({ length: 50 }, () => answering({ content: 'x'.repeat(5000) })))
  expect(shown).toContain('  10. POST')
  expect(shown).toContain('… and 40 more')
  expect(shown.length).toBeLessThan(5000)
})
