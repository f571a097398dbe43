/** The clock of a page: what `systemClock` is in Node, by what every platform has. */
import type { Clock } from '../pipeline/ports.ts'

export const pageClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const left = (): void => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', left)
        resolve()
      }, ms)
      if (signal.aborted) left()
      else signal.addEventListener('abort', left, { once: true })
    }),
  later: (task) => void setTimeout(task)
}
