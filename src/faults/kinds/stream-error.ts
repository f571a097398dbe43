/** An error in the middle of a stream, in the form that the API gives it; the stream ends there. */
import * as z from 'zod'
import { toBytes } from '../../http/message.ts'
import { renderTrueStreamError } from '../../providers/true-errors.ts'
import { isEventStream } from '../answer-events.ts'
import { breakAfter } from '../break-after.ts'
import { defineKind, FaultBreak } from '../fault.ts'
import { eventNumber } from '../quantities.ts'

/** An error within a stream: `{ streamError: 'overloaded_error', afterEvent: 2 }`. */
export interface StreamErrorFault {
  /** The API's name of it; `true`: `overloaded_error` of Anthropic, `server_error` of OpenAI. */
  readonly streamError: true | string
  /**
   * Events that come before.
   * @default 1
   */
  readonly afterEvent?: number | undefined
}

const TYPE = 'write the type of an error, such as overloaded_error'

const schema = z.strictObject({
  streamError: z.union([z.literal(true), z.string().regex(/^[a-z_]+$/, TYPE)], { error: TYPE }),
  afterEvent: eventNumber(0).optional()
}) satisfies z.ZodType<StreamErrorFault>

export const streamError = defineKind({
  key: 'streamError',
  schema,
  describe: ({ streamError: type, afterEvent = 1 }) => `stream error${type === true ? '' : ` ${type}`} after event ${afterEvent}`,
  async apply({ streamError: type, afterEvent = 1 }, { facts, struck, missed }, ask) {
    const response = await ask()
    if (!isEventStream(response)) {
      missed('the answer is no stream')
      return response
    }
    const named = type === true ? undefined : type
    const act = (): never => {
      struck()
      const event = renderTrueStreamError(facts.provider, named, { endpoint: facts.endpoint, events: afterEvent })
      throw new FaultBreak('end', `it ended with an error after event ${afterEvent}`, toBytes(event))
    }
    return breakAfter(response, afterEvent, { missed, act })
  }
})
