/** The clock of a page: what `systemClock` is in Node, by what every platform has. */
import type { Clock } from '../pipeline/ports.ts'
import { createSleep } from '../pipeline/sleep.ts'

export const pageClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: createSleep({
    start: (task, ms) => setTimeout(task, ms),
    stop: (timer) => clearTimeout(timer)
  }),
  later: (task) => void setTimeout(task)
}
