/** A wait between the events of a stream. */
import * as z from 'zod'
import { isEventStream, passEvents } from '../answer-events.ts'
import { defineKind, type Strike } from '../fault.ts'
import { milliseconds } from '../quantities.ts'

/** A stream that comes slowly: `{ slowMs: 200 }`. */
export interface SlowFault {
  /** Milliseconds between two events. */
  readonly slowMs: number
}

const schema = z.strictObject({ slowMs: milliseconds }) satisfies z.ZodType<SlowFault>

export const slow = defineKind({
  key: 'slowMs',
  schema,
  describe: ({ slowMs }) => `slow ${slowMs} ms`,
  async apply({ slowMs }, strike, ask) {
    const response = await ask()
    if (isEventStream(response)) return passEvents(response, (events) => slowly(events, slowMs, strike))
    strike.missed('the answer is no stream')
    return response
  }
})

async function* slowly(
  events: AsyncIterable<Uint8Array>,
  ms: number,
  { sleep, struck, missed }: Strike
): AsyncIterable<Uint8Array> {
  let passed = 0
  for await (const event of events) {
    if (passed === 1) struck()
    if (passed > 0) await sleep(ms)
    passed += 1
    yield event
  }
  if (passed < 2) missed('the stream had no second event')
}
