/** The cassette format, version 1: what its documents may hold. Described for people in docs/cassettes.md. */
import * as z from 'zod'
import { faultSchema } from '../faults/read-faults.ts'
import { ID_RULES, REPEATS } from './matching/rules.ts'
import { TIMING_LINE } from './timing.ts'

/** The version that is written. */
export const CASSETTE_VERSION = 1

/** Where editors find the JSON Schema of every version that is read. */
export const SCHEMA_URL = 'https://unpkg.com/openai-proxy/docs/cassette.schema.json'

/** The first document of a cassette. */
export const headerSchema = z.strictObject({
  cassette: z.literal(CASSETTE_VERSION),
  ignore: z
    .array(z.string(), 'write a list of places, such as [metadata.run_id]')
    .optional()
    .describe('Places that do not count in matching.'),
  normalise: z
    .array(z.string(), 'write a list of normalisers, such as [uuid in metadata.run_id]')
    .optional()
    .describe(
      'What changes by itself: uuid, iso-date, unix-time, email, hex, local-address, path, number, /pattern/; "in PLACE" behind it.'
    ),
  headers: z
    .array(z.string(), 'write a list of names, such as [anthropic-beta]')
    .optional()
    .describe('Names of headers that count in matching.'),
  repeat: z
    .enum(REPEATS, `it is one of ${REPEATS.join(', ')}`)
    .optional()
    .describe('What answers when every recording of a request has been played.'),
  ids: z
    .enum(ID_RULES, `it is one of ${ID_RULES.join(', ')}`)
    .optional()
    .describe('Whether ids that clients make are bound to the recorded ones.'),
  faults: z
    .array(z.union([z.string(), faultSchema]), 'write a list of faults')
    .optional()
    .describe('What goes wrong on purpose when it is played, each as text or in fields: docs/faults.md.')
})

/** A header's value, or its values where it stands more than once. */
const headersSchema = z
  .record(
    z.string(),
    z.union([z.string(), z.array(z.string())], { error: 'a header is text, or a list of texts: put it in quotes' })
  )
  .meta({ id: 'headers', description: 'Headers; a list of values where one stands more than once.' })

const textBody = z.strictObject({ text: z.string().describe('The body as text.') })
const base64Body = z.strictObject({ base64: z.base64('this is not whole base64').describe('The body in base64.') })
const fileBody = z.strictObject({
  file: z.string().describe('The file beside the cassette that holds the body.'),
  bytes: z.int().nonnegative().describe('Its size.')
})

const newline = z.literal('crlf').optional().describe('Lines end in CRLF.')

const partSchema = z.union(
  [
    textBody.extend({ headers: headersSchema }),
    base64Body.extend({ headers: headersSchema }),
    fileBody.extend({ headers: headersSchema })
  ],
  { error: 'a part has headers, and one of text, base64, file with bytes' }
)

/** The words that say how JSON is spaced, in this order. */
const layoutSchema = z
  .string()
  .regex(
    /^(?:(?:spaced|indent [1-9]|indent tab)(?:, |$))?(?:ascii(?:, |$))?(?:newline)?$/,
    'the words are spaced, indent 1 … 9, indent tab; ascii; newline'
  )

const multipartSchema = z.strictObject({
  boundary: z.string(),
  newline: z.literal('none').optional(),
  parts: z.array(partSchema)
})

/** A body in one of its forms; each is one file in `bodies/`. */
export const bodySchema = z
  .union(
    [
      z.strictObject({
        layout: layoutSchema.optional().describe('How the JSON is spaced: spaced | indent N | indent tab; ascii; newline.'),
        json: z.unknown().describe('JSON as YAML; numbers keep how they are written.')
      }),
      z.strictObject({
        newline,
        counted: z.string().optional().describe('The field that goes up by one from event to event.'),
        events: z
          .string()
          .describe(
            'Server-sent events. A line that begins with a dot is the event above with these fields changed: .content "Hi"'
          )
      }),
      z.strictObject({ newline, sse: z.string().describe('Server-sent events as they were sent.') }),
      textBody,
      z.strictObject({ multipart: multipartSchema.describe('A form, part by part.') }),
      base64Body,
      fileBody
    ],
    {
      error:
        'a body has one of json (with layout), events (with newline, counted), sse (with newline), text, multipart, base64, ' +
        'file (with bytes), and no other field'
    }
  )
  .meta({ id: 'body', description: 'A body in one of its forms, without content encoding.' })

const TIMES = 'times are written like 312 +29 +9x12, those of interim answers before them: (40) 312 +29'

const interimSchema = z.strictObject({
  status: z
    .int()
    .min(102, 'interim answers have a status from 102 to 199')
    .max(199, 'interim answers have a status from 102 to 199'),
  headers: headersSchema.optional()
})

/** Every document but the first. */
export const interactionSchema = z.strictObject({
  /** Written for speed. Whatever stands here is made anew where it does not fit, so a document without it is whole. */
  key: z.unknown().optional().describe('Made by the recorder, and made anew where it does not fit. Leave it out.'),
  request: z.strictObject({
    method: z.string().regex(/^[A-Z-]+$/, 'a method is in capitals'),
    url: z.url('this is no whole URL').describe("The provider's public address with its query."),
    headers: headersSchema.optional(),
    body: bodySchema.optional()
  }),
  response: z.strictObject({
    interim: z
      .array(interimSchema, 'write a list of answers with status and headers')
      .optional()
      .describe('What came before the answer: 103 Early Hints and its kin. Their times stand in brackets in timing.'),
    status: z.int().min(100).max(999),
    headers: headersSchema.optional(),
    trailers: headersSchema.optional(),
    encoding: z.enum(['gzip', 'br', 'deflate', 'zstd']).optional().describe('Put on again where the client accepts it.'),
    body: bodySchema.optional(),
    timing: z
      .union([z.string().regex(TIMING_LINE, TIMES), z.number().nonnegative(TIMES)], { error: TIMES })
      .optional()
      .describe(
        'Milliseconds to the first event, then from each to the next: 312 +29 +9x12. In brackets before them, those of interim answers: (40) 312 +29'
      )
  }),
  recorded: z.strictObject({ at: z.string(), ms: z.number().nonnegative() })
})

export type BodyDocument = z.infer<typeof bodySchema>

/** The JSON Schema of any document of a cassette, for editors (which seldom know later drafts than 7): docs/cassette.schema.json. */
export function cassetteJsonSchema(): object {
  return z.toJSONSchema(z.union([headerSchema, interactionSchema]), { target: 'draft-7' })
}
