/** A wait before the request goes on its way. */
import * as z from 'zod'
import { defineKind } from '../fault.ts'
import { milliseconds } from '../quantities.ts'

/** A wait before anything else happens: `{ delayMs: 500 }`. */
export interface DelayFault {
  /** Milliseconds. */
  readonly delayMs: number
}

const schema = z.strictObject({ delayMs: milliseconds }) satisfies z.ZodType<DelayFault>

export const delay = defineKind({
  key: 'delayMs',
  schema,
  describe: ({ delayMs }) => `delay ${delayMs} ms`,
  async apply({ delayMs }, { sleep, struck }, ask) {
    struck()
    await sleep(delayMs)
    return ask()
  }
})
