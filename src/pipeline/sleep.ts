/** Waiting that can be called off, by whatever platform's timers. */
import type { Clock } from './ports.ts'

/** A `sleep` of a clock. Called off, it makes no error of its own: it rejects with the signal's reason. */
export function createSleep(after: Clock['after']): Clock['sleep'] {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      const left = (): void => {
        callOff()
        reject(signal.reason as Error)
      }
      const callOff = after(ms, () => {
        signal.removeEventListener('abort', left)
        resolve()
      })
      if (signal.aborted) left()
      else signal.addEventListener('abort', left, { once: true })
    })
}
