/** An error in place of the answer, as the API sends it: from the cassette where it holds one, else as published. */
import * as z from 'zod'
import { withHeader, withoutHeaders } from '../../http/headers.ts'
import { renderTrueError } from '../../providers/true-errors.ts'
import { defineKind } from '../fault.ts'

/** An error in place of the answer: `{ status: 429, retryAfter: 1 }`. Nothing is asked for, and no recording is used up. */
export interface StatusFault {
  /** From 400 to 599. */
  readonly status: number
  /**
   * Seconds until a retry can succeed; of a 429, or where the recorded answer has them.
   * @default 1, or what is recorded
   */
  readonly retryAfter?: number | undefined
  /** Where a status has several errors: `insufficient_quota` is a 429 too. */
  readonly code?: string | undefined
}

const schema = z.strictObject({
  status: z
    .int('it is no status of an error: write one from 400 to 599')
    .min(400, 'it is no error: write one from 400 to 599')
    .max(599, 'there is none above 599'),
  retryAfter: z
    .number('it is no number of seconds')
    .nonnegative('it is less than 0')
    .max(86_400, 'it is more than a day')
    .optional(),
  code: z
    .string()
    .regex(/^[a-z_]+$/, 'it is no code of an error, such as insufficient_quota')
    .optional()
}) satisfies z.ZodType<StatusFault>

export const status = defineKind({
  key: 'status',
  schema,
  describe: ({ status: number, code }) => `status ${number}${code === undefined ? '' : ` ${code}`}`,
  async apply({ status: number, retryAfter, code }, { facts, random, now, recorded, struck }) {
    const kept = code === undefined ? await recorded(number) : undefined
    struck()
    if (!kept) {
      const { provider, models } = facts
      return renderTrueError(
        provider,
        { status: number, code },
        { model: models[0], retryAfter: retryAfter ?? 1, now: now(), random }
      )
    }
    if (retryAfter === undefined) return kept
    const headers = withHeader(withoutHeaders(kept.headers, ['retry-after-ms']), 'retry-after', String(Math.ceil(retryAfter)))
    return { ...kept, headers }
  }
})
