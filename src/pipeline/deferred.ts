/** Heavy work that is to delay nobody: one task in each turn of the event loop, so that requests and answers have theirs between. */
import type { Clock } from './ports.ts'

/** So many tasks wait at most: who gives them faster than they are done has to wait for some. */
const MOST_WAITING = 64

/** Runs tasks in their order, each in a turn after the one that it was given in. */
export function createDeferred({ later }: Pick<Clock, 'later'>): (task: () => void) => void {
  const waiting: (() => void)[] = []

  function turn(): void {
    const due = waiting.splice(0, Math.max(1, waiting.length - MOST_WAITING))
    if (waiting.length > 0) later(turn)
    for (const task of due) task()
  }

  return (task) => {
    if (waiting.push(task) === 1) later(turn)
  }
}
