/** Rules of a user's own: what they see, what they may answer, and that whatever goes wrong refuses. */
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { evaluate, type Judgement } from '../../src/firewall/evaluate.ts'
import { allow, block, defineRule, fromOwnRule, type OwnRule, type OwnVerdict } from '../../src/firewall/own-rule.ts'
import { createMemoryLedger } from '../../src/metering/memory-ledger.ts'
import { modelCall } from './test-rule.ts'

const sleep = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal })
const never = (): Promise<never> => new Promise(() => undefined)

function judge(
  rule: OwnRule['judge'],
  { timeoutMs = 60_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {}
): Promise<Judgement> {
  const own = fromOwnRule(defineRule({ name: 'mine', judge: rule }), { timeoutMs, sleep })
  return evaluate([own], modelCall(), { ledger: createMemoryLedger(), now: 5, caller: 'team-a', signal })
}

it('sees the call, the caller, the time, and counts of its own', async () => {
  const ledger = createMemoryLedger()
  const own = fromOwnRule(
    {
      name: 'one-each',
      async judge(call, context) {
        expect([call.models, context.caller, context.now, context.signal.aborted]).toEqual([['gpt-4o'], 'team-a', 5, false])
        const taken = await context.ledger.take('requests', { limit: 1, windowMs: 1000, now: context.now })
        return taken.granted ? allow() : block('One is enough', { code: 'one_each', status: 429 })
      }
    },
    { timeoutMs: 60_000, sleep }
  )
  await ledger.take('requests', { limit: 1, windowMs: 1000, now: 5 })
  const context = { ledger, now: 5, caller: 'team-a' }
  expect(await evaluate([own], modelCall(), context)).toEqual({ kind: 'pass', edits: [] })
  const error = { status: 429, type: 'rate_limit_error', code: 'one_each', message: 'One is enough', param: null, retry: false }
  expect(await evaluate([own], modelCall(), context)).toEqual({ kind: 'block', rule: 'one-each', error })
})

it('blocks with its own words', async () => {
  expect(await judge(() => block('No poems here'))).toEqual({
    kind: 'block',
    rule: 'mine',
    error: {
      status: 403,
      type: 'security_filter_error',
      code: 'blocked_by_rule',
      message: 'No poems here',
      param: null,
      retry: false
    }
  })
})

describe('refuses, and tells the client nothing of why', () => {
  const wrong: [string, OwnRule['judge']][] = [
    [
      'throws',
      () => {
        throw new Error('inner words')
      }
    ],
    ['rejects', () => Promise.reject(new Error('inner words'))],
    ['answers nothing', () => undefined as unknown as OwnVerdict],
    ['answers true', () => true as unknown as OwnVerdict],
    ['rewrites', () => ({ kind: 'rewrite', edits: [] }) as unknown as OwnVerdict],
    ['blocks without words', () => block(' ')],
    ['blocks with a strange code', () => block('no', { code: 'Not A Code' })],
    ['blocks with 200', () => block('no', { status: 200 })],
    ['blocks with 503', () => block('no', { status: 503 })]
  ]
  it.each(wrong)('where it %s', async (_, rule) => {
    const judgement = await judge(rule)
    expect(judgement).toMatchObject({ kind: 'block', rule: 'mine', error: { status: 403, code: 'rule_failed' } })
    if (judgement.kind === 'block') expect(judgement.error.message).not.toContain('inner words')
  })

  it('where it takes too long, and says so to what the rule waits for', async () => {
    let told: AbortSignal | undefined
    const judgement = await judge(
      (_, { signal }) => {
        told = signal
        return never()
      },
      { timeoutMs: 5 }
    )
    expect(judgement).toMatchObject({ kind: 'block', error: { code: 'rule_failed' } })
    expect(judgement.kind === 'block' && String(judgement.failure)).toContain('longer than 5 ms')
    expect(told?.aborted).toBe(true)
  })

  it('where the client leaves meanwhile', async () => {
    const left = new AbortController()
    const judging = judge(never, { signal: left.signal })
    left.abort()
    expect(await judging).toMatchObject({ kind: 'block', error: { code: 'rule_failed' } })
  })
})
