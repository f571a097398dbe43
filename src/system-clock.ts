/** The real clock: the only place that the pipeline's time and waiting come from. */
import timers from 'node:timers'
import type { Clock } from './pipeline/ports.ts'
import { createSleep } from './pipeline/sleep.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  // Node's own, as they are now: a test may put others in the place of the global ones.
  sleep: createSleep({ start: timers.setTimeout, stop: timers.clearTimeout }),
  later: (task) => void setImmediate(task)
}
