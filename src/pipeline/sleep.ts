/** Waiting that can be called off, by the timers of whatever platform. */
import type { Clock } from './ports.ts'

/** The timers of a platform. */
export interface Timers<Timer> {
  start(task: () => void, ms: number): Timer
  stop(timer: Timer): void
}

/** A `sleep` of a clock. Called off, it makes no error of its own: it rejects with the signal's reason. */
export function createSleep<Timer>({ start, stop }: Timers<Timer>): Clock['sleep'] {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      const left = (): void => {
        stop(timer)
        reject(signal.reason as Error)
      }
      const timer = start(() => {
        signal.removeEventListener('abort', left)
        resolve()
      }, ms)
      if (signal.aborted) left()
      else signal.addEventListener('abort', left, { once: true })
    })
}
