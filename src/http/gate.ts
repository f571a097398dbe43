/**
 * Lets those go on together that came in the same turn of the event loop: each step then runs for all of them, one right after the
 * other, while its code is at hand, and what they write goes out in one go.
 */
// By name: a test may put others in the place of the global timers, and everybody would wait for ever.
import { setImmediate } from 'node:timers'

/** More do not wait for each other: the first of a crowd need not be as late as the last. */
const TOGETHER = 16

/** Waits until the turn in which one came is over. */
export type Gate = () => Promise<void>

export function createGate(): Gate {
  let opening: Promise<void> | undefined
  let waiting = 0
  return () => {
    if (opening === undefined || waiting === TOGETHER) {
      const next = new Promise<void>((resolve) => {
        setImmediate(() => {
          if (opening === next) opening = undefined
          resolve()
        })
      })
      opening = next
      waiting = 0
    }
    waiting += 1
    return opening
  }
}
