import { setImmediate } from 'node:timers'
import { describe, expect, it, vi } from 'vitest'
import { createTurns } from '../../src/http/turns.ts'

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe('a gate', () => {
  it('opens in the next turn, for all who came in one, who then go on step by step', async () => {
    const gate = createTurns(setImmediate).gate()
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
    const gate = createTurns(setImmediate).gate()
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

  it('lets one group pass in a turn, so that others have theirs between', async () => {
    const gate = createTurns(setImmediate).gate()
    const steps: string[] = []
    const all = Array.from({ length: 33 }, () => gate().then(() => steps.push('passed')))
    for (let turns = 0; turns < 3; turns += 1) {
      await turn()
      steps.push('turn')
    }
    await Promise.all(all)
    const passed = (count: number): string[] => Array.from({ length: count }, () => 'passed')
    expect(steps).toEqual([...passed(16), 'turn', ...passed(16), 'turn', ...passed(1), 'turn'])
  })

  it('opens again for those who come later', async () => {
    const gate = createTurns(setImmediate).gate()
    await gate()
    await turn()
    await gate()
  })

  it('does not wait for timers that a test put in the place of the real ones', async () => {
    const gate = createTurns(setImmediate).gate()
    vi.useFakeTimers()
    try {
      await gate()
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('what is left to do', () => {
  it('is done in the turn of those who passed the gate, behind all their steps, and before the next group', async () => {
    const turns = createTurns(setImmediate)
    const gate = turns.gate()
    const steps: string[] = []
    const go = async (name: string): Promise<void> => {
      await gate()
      turns.behind(() => steps.push(`left of ${name}`))
      await undefined
      steps.push(`answer to ${name}`)
    }
    const names = Array.from({ length: 18 }, (_, number) => String(number))
    await Promise.all(names.map(go))
    await turn()
    const group = (of: readonly string[]): string[] =>
      ['answer to', 'left of'].flatMap((what) => of.map((name) => `${what} ${name}`))
    expect(steps).toEqual([...group(names.slice(0, 16)), ...group(names.slice(16))])
  })

  it('is done at the end of the turn where nobody passes a gate, and once', async () => {
    const turns = createTurns(setImmediate)
    const task = vi.fn<() => void>()
    turns.behind(task)
    await undefined
    expect(task).not.toHaveBeenCalled()
    await turn()
    expect(task).toHaveBeenCalledOnce()
    await turn()
    expect(task).toHaveBeenCalledOnce()
  })

  it('waits for the next turn where it was found while the rest was done', async () => {
    const turns = createTurns(setImmediate)
    const steps: string[] = []
    turns.behind(() => {
      steps.push('left')
      turns.behind(() => steps.push('left again'))
    })
    await turn()
    expect(steps).toEqual(['left'])
    await turn()
    expect(steps).toEqual(['left', 'left again'])
  })
})
