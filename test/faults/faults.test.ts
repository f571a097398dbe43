/** Which requests a fault strikes, and that the same seed strikes the same ones. */
import { describe, expect, test } from 'vitest'
import type { FaultFacts } from '../../src/faults/fault.ts'
import { createFaults } from '../../src/faults/faults.ts'
import { readFaults } from '../../src/faults/read-faults.ts'
import { CHAT } from './strike-answer.ts'

/** For each request, whether the fault is due. */
function dueFor(text: string, requests: readonly FaultFacts[], seed = 1): boolean[] {
  const faults = createFaults({ seed, specs: readFaults(text) })
  return requests.map((facts) => faults.find(facts).length > 0)
}

const many = (count: number, facts: FaultFacts = CHAT): FaultFacts[] => Array.from({ length: count }, () => facts)
const messages: FaultFacts = { provider: 'anthropic', endpoint: 'POST /v1/messages', models: ['claude-opus-4'], stream: false }

describe('a match', () => {
  test.each([
    ['stall', true, true],
    ['model=gpt-4*: stall', true, false],
    ['model=gpt-4: stall', false, false],
    ['provider=anthropic: stall', false, true],
    ['endpoint=/v1/chat/*: stall', true, false],
    ['endpoint=POST /v1/messages: stall', false, true],
    ['endpoint=/v1: stall', false, false],
    ['stream: stall', true, false],
    ['stream=false: stall', false, true],
    ['model=claude-*,stream: stall', false, false]
  ])('%s', (text, chat, message) => {
    expect(dueFor(text, [CHAT, messages])).toEqual([chat, message])
  })

  test('takes any of the models that a request names', () => {
    expect(
      dueFor('model=b: stall', [
        { ...CHAT, models: ['a', 'b'] },
        { ...CHAT, models: [] }
      ])
    ).toEqual([true, false])
  })
})

describe('how often', () => {
  test('nth counts the requests that fit, and no others', () => {
    expect(dueFor('model=gpt-4o,nth=2: stall', [messages, CHAT, messages, CHAT, CHAT])).toEqual([
      false,
      false,
      false,
      true,
      false
    ])
    expect(dueFor('nth=1+3-4: stall', many(5))).toEqual([true, false, true, true, false])
  })

  test('times ends it', () => {
    expect(dueFor('times=2: stall', many(4))).toEqual([true, true, false, false])
  })

  test('a fault that found nothing to act on has its times left', () => {
    const faults = createFaults({ seed: 1, specs: readFaults('times=1: cut') })
    faults.find(CHAT)[0]!.missed()
    expect(faults.find(CHAT)).toHaveLength(1)
    expect(faults.find(CHAT)).toHaveLength(0)
  })

  test('chance follows from the seed, is near to what was asked for, and knows never and always', () => {
    const run = dueFor('chance=0.1: stall', many(2000), 42)
    expect(dueFor('chance=0.1: stall', many(2000), 42)).toEqual(run)
    expect(dueFor('chance=0.1: stall', many(2000), 43)).not.toEqual(run)
    expect(run.filter(Boolean).length).toBeGreaterThan(120)
    expect(run.filter(Boolean).length).toBeLessThan(280)
    expect(dueFor('chance=0: stall', many(200))).not.toContain(true)
    expect(dueFor('chance=1: stall', many(200))).not.toContain(false)
  })

  test('what a fault leaves to chance does not depend on other faults or other requests', () => {
    const alone = createFaults({ seed: 5, specs: readFaults('model=gpt-4o: cut') })
    const between = createFaults({ seed: 1, specs: readFaults('chance=0.5: stall; model=gpt-4o,seed=5: cut') })
    const first = alone.find(CHAT)[0]!
    between.find(messages)
    const second = between.find(CHAT).find(({ kind }) => kind.key === 'cut')!
    expect(second.random()).toBe(first.random())
  })

  test('the seed that is shown makes the same choices when it is set', () => {
    const [, shown] = createFaults({ seed: 9, specs: readFaults('stall; cut') }).all()
    const again = createFaults({ seed: 1, specs: readFaults(`seed=${shown!.seed}: cut`) })
    const was = createFaults({ seed: 9, specs: readFaults('stall; cut') })
    const before = was.find(CHAT).find(({ kind }) => kind.key === 'cut')!
    expect(again.find(CHAT)[0]!.random()).toBe(before.random())
    expect(before.description).toBe('cut inside event 1 (seed 10)')
  })
})

describe('the list', () => {
  test('gives what is due from the outermost to the innermost, whatever the order of settings', () => {
    const faults = createFaults({ seed: 1, specs: readFaults('slow-ms=1; cut; status=429; delay-ms=1') })
    expect(faults.find(CHAT).map(({ kind }) => kind.key)).toEqual(['delayMs', 'status', 'cut', 'slowMs'])
  })

  test('lets a fault be added and removed, and tells how often it fitted and struck', () => {
    const faults = createFaults({ seed: 1 })
    const added = faults.add(readFaults('nth=2: stall')[0]!)
    faults.find(CHAT)
    faults.find(CHAT)[0]!.struck()
    expect([added.text, added.fitted, added.struck]).toEqual(['nth=2: stall', 2, 1])
    expect(faults.all()).toEqual([added])
    added.remove()
    added.remove()
    expect(faults.all()).toEqual([])
    expect(faults.find(CHAT)).toEqual([])
  })
})
