/** The connection is reset: before the answer, or after an event of it. */
import * as z from 'zod'
import { breakAfter } from '../break-after.ts'
import { defineKind, FaultBreak, type Strike } from '../fault.ts'
import { eventNumber } from '../quantities.ts'

/** A connection that is reset (TCP RST): `{ reset: true }`, or after an event. */
export interface ResetFault {
  readonly reset: true
  /**
   * Events that come before; 0: the headers only.
   * @default not even the headers come
   */
  readonly afterEvent?: number | undefined
}

const schema = z.strictObject({ reset: z.literal(true), afterEvent: eventNumber(0).optional() }) satisfies z.ZodType<ResetFault>

export const reset = defineKind({
  key: 'reset',
  schema,
  describe: ({ afterEvent }) => (afterEvent === undefined ? 'reset' : `reset after event ${afterEvent}`),
  async apply({ afterEvent }, strike, ask) {
    if (afterEvent === undefined) return breakOff(strike, 'the connection was reset before it')
    const act = (): never => breakOff(strike, `the connection was reset after event ${afterEvent}`)
    return breakAfter(await ask(), afterEvent, { missed: strike.missed, act })
  }
})

function breakOff({ struck }: Strike, what: string): never {
  struck()
  throw new FaultBreak('reset', what)
}
