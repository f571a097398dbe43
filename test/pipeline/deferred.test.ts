import { describe, expect, it } from 'vitest'
import { createDeferred } from '../../src/pipeline/deferred.ts'

/** A clock whose turns a test takes by hand. */
function byHand() {
  let turns: (() => void)[] = []
  return {
    later: (task: () => void) => void turns.push(task),
    /** @returns whether anything was to be done */
    turn() {
      const now = turns
      turns = []
      for (const task of now) task()
      return now.length > 0
    }
  }
}

describe('deferred work', () => {
  it('is done in order, one task in a turn, never in the turn that it was given in', () => {
    const clock = byHand()
    const defer = createDeferred(clock)
    const done: number[] = []
    for (const number of [1, 2, 3]) defer(() => void done.push(number))
    expect(done).toEqual([])
    clock.turn()
    expect(done).toEqual([1])
    defer(() => void done.push(4))
    clock.turn()
    expect(done).toEqual([1, 2])
    clock.turn()
    clock.turn()
    expect(done).toEqual([1, 2, 3, 4])
    expect(clock.turn()).toBe(false)
  })

  it('goes on after it was idle', () => {
    const clock = byHand()
    const defer = createDeferred(clock)
    const done: string[] = []
    defer(() => void done.push('first'))
    clock.turn()
    defer(() => void done.push('second'))
    clock.turn()
    expect(done).toEqual(['first', 'second'])
  })

  it('does more in a turn where more than 64 wait', () => {
    const clock = byHand()
    const defer = createDeferred(clock)
    let done = 0
    for (let given = 0; given < 200; given += 1) defer(() => void (done += 1))
    clock.turn()
    expect(done).toBe(136)
    clock.turn()
    expect(done).toBe(137)
  })
})
