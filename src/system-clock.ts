/** The real clock: the only place that the pipeline's time and waiting come from. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from './pipeline/ports.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, { signal })
    } catch (error) {
      // Node wraps the reason in an error of its own.
      throw signal.aborted ? signal.reason : error
    }
  },
  later: (task) => void setImmediate(task)
}
