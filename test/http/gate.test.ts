import { setImmediate } from 'node:timers'
import { describe, expect, it, vi } from 'vitest'
import { createGate } from '../../src/http/gate.ts'

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe('a gate', () => {
  it('opens in the next turn, for all who came in one, who then go on step by step', async () => {
    const gate = createGate(setImmediate)
    const steps: string[] = []
    const go = async (name: string): Promise<void> => {
      await gate()
      steps.push(`${name} first`)
      await undefined
      steps.push(`${name} second`)
    }
    const gone = [go('a'), go('b')]
    await undefined
    expect(steps).toEqual([])
    await Promise.all(gone)
    expect(steps).toEqual(['a first', 'b first', 'a second', 'b second'])
  })

  it('lets sixteen pass at a time, each group in the order in which it came', async () => {
    const gate = createGate(setImmediate)
    const passed: number[] = []
    const all = Array.from({ length: 40 }, async (_, number) => {
      await gate()
      passed.push(number)
      await undefined
      passed.push(number)
    })
    await Promise.all(all)
    const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
    const group = (from: number, to: number): number[] => [...numbers(from, to), ...numbers(from, to)]
    expect(passed).toEqual([...group(0, 16), ...group(16, 32), ...group(32, 40)])
  })

  it('opens again for those who come later', async () => {
    const gate = createGate(setImmediate)
    await gate()
    await turn()
    await gate()
  })

  it('does not wait for timers that a test put in the place of the real ones', async () => {
    const gate = createGate(setImmediate)
    vi.useFakeTimers()
    try {
      await gate()
    } finally {
      vi.useRealTimers()
    }
  })
})
