/** How many, and how long: what the settings of faults have in common. */
import * as z from 'zod'

/** The number of an event. */
export function eventNumber(least: 0 | 1): z.ZodType<number> {
  const error = `write the number of an event, from ${least}`
  return z.int(error).min(least, error)
}

/** A wait in milliseconds. */
export const milliseconds = z
  .number('it is no number of milliseconds')
  .positive('it is not above 0')
  .max(3_600_000, 'it is more than an hour')
