/**
 * Lets those go on together that came in the same turn of the event loop: each step then runs for all of them, one right after the
 * other, while its code is at hand, and what they write goes out in one go.
 */

/** More do not wait for each other: the first of a crowd need not be as late as the last. */
const TOGETHER = 16

/** Waits until the turn in which one came is over. */
export type Gate = () => Promise<void>

/**
 * @param later runs a task when the turn is over. Of Node's timers by name: a test may put others in the place of the global ones, and
 *   everybody would wait for ever
 */
export function createGate(later: (task: () => void) => void): Gate {
  let opening: Promise<void> | undefined
  let waiting = 0
  return () => {
    if (opening === undefined || waiting === TOGETHER) {
      const next = new Promise<void>((resolve) => {
        later(() => {
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
