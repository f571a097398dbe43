/** The clock of a page: what `systemClock` is in Node, by what every platform has. */
import type { Clock } from '../pipeline/ports.ts'
import { createSleep } from '../pipeline/sleep.ts'

const after: Clock['after'] = (ms, task) => {
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}

const later: Clock['later'] = (task) => void setTimeout(task)

export const pageClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after,
  sleep: createSleep(after),
  later,
  behind: later
}
