/** Nothing comes any more, until the client leaves. */
import * as z from 'zod'
import { defineKind, type Strike } from '../fault.ts'
import { eventNumber } from '../quantities.ts'
import { breakAfter } from '../break-after.ts'

/** Silence: no answer at all, or none after an event: `{ stall: true, afterEvent: 2 }`. */
export interface StallFault {
  readonly stall: true
  /**
   * Events that still come; 0: the headers only.
   * @default not even the headers come
   */
  readonly afterEvent?: number | undefined
}

const schema = z.strictObject({ stall: z.literal(true), afterEvent: eventNumber(0).optional() }) satisfies z.ZodType<StallFault>

/** Nobody waits longer: Node's timers reach to 24.8 days. */
const FOREVER_MS = 2_000_000_000

export const stall = defineKind({
  key: 'stall',
  schema,
  describe: ({ afterEvent }) => (afterEvent === undefined ? 'stall' : `stall after event ${afterEvent}`),
  async apply({ afterEvent }, strike, ask) {
    if (afterEvent === undefined) return silence(strike)
    return breakAfter(await ask(), afterEvent, { missed: strike.missed, act: () => silence(strike) })
  }
})

async function silence({ struck, sleep }: Strike): Promise<never> {
  struck()
  for (;;) await sleep(FOREVER_MS)
}
