/** The real clock: the only place that the pipeline's time and waiting come from. */
import timers, { setImmediate as nextTurn } from 'node:timers'
import { createTurns } from './http/turns.ts'
import type { Clock } from './pipeline/ports.ts'
import { createSleep } from './pipeline/sleep.ts'

/** Node's own timers, as they are now: a test may put others in the place of the global ones. */
const after: Clock['after'] = (ms, task) => {
  const timer = timers.setTimeout(task, ms)
  return () => timers.clearTimeout(timer)
}

/** The turns of this process. */
export const systemTurns = createTurns(nextTurn)

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after,
  sleep: createSleep(after),
  later: (task) => void nextTurn(task),
  behind: systemTurns.behind
}
