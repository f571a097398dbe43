/** Puts an end to every wait. */
import { setTimeout as wait } from 'node:timers/promises'

/** The promise, or an error that says what took too long. */
export async function within(seconds, what, promise) {
  const stop = new AbortController()
  const late = wait(seconds * 1000, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`${what} took longer than ${seconds} s`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    stop.abort()
  }
}
