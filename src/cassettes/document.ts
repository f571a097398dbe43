/** One interaction as the text of one YAML document, and back. */
import { isSeq, type Document, type Node } from 'yaml'
import { getHeader } from '../http/headers.ts'
import { EMPTY, type HeaderList } from '../http/message.ts'
import { BodyFormError, type SideFiles } from './bodies/form.ts'
import { guessBody, readBody, writeBody } from './bodies/index.ts'
import { fieldBroken, firstProblem, parseMap, type Place } from './broken.ts'
import { readHeaders, writeHeaders } from './headers-text.ts'
import {
  CassetteError,
  type Interaction,
  type RecordedInterim,
  type RecordedRequest,
  type RecordedResponse
} from './interaction.ts'
import { matchKeys } from './key.ts'
import { writeKeyLine } from './key-line.ts'
import { migrate } from './migrate.ts'
import { CASSETTE_VERSION, interactionSchema, SCHEMA_URL, type BodyDocument } from './schema.ts'
import { readTiming, writeTiming } from './timing.ts'
import { writeMap, type YamlObject, type YamlValue } from './yaml-text.ts'

/**
 * The first document of every cassette. Its first line names the schema to editors: by an address, so that it is the same text
 * wherever a cassette stands and is moved to, and holds where the proxy is no dependency (a container, `npx`).
 */
export const HEADER_TEXT =
  `# yaml-language-server: $schema=${SCHEMA_URL}\n` +
  `# openai-proxy cassette: https://www.npmjs.com/package/openai-proxy\ncassette: ${CASSETTE_VERSION}\n`

/** What bodies a document is to have. */
type BodyWriter = typeof writeBody

/**
 * The text of one document: `key` first, `recorded` last. It is read again before it is given, and compared field by field.
 * Throws {@link CassetteError} where an interaction cannot be written so that it reads back as it is.
 */
export function writeInteraction(interaction: Interaction, files: SideFiles): string {
  let changed: string[] = []
  // Proving each form of a body by itself takes longer, and is seldom needed.
  for (const write of [guessBody, writeBody]) {
    const document = writeMap(toDocument(interaction, files, write), '')
    const text = writeKeyLine(matchKeys(interaction.request), document) + document
    changed = changedFields(interaction, text, files)
    if (changed.length === 0) return text
  }
  const what = `it would not read back as it came (${changed.join(', ')})`
  throw new CassetteError(
    'cassette_unwritable',
    `Not recorded, since ${what}. Please report this with what was sent. Nothing was written.`
  )
}

/** A request as a document holds it, to compare its lines with those of recorded ones. */
export function writeRequest(request: RecordedRequest, files: SideFiles): string {
  return writeMap(new Map([['request', requestDocument(request, files, guessBody)]]), '')
}

function toDocument({ request, response, recorded }: Interaction, files: SideFiles, write: BodyWriter): YamlObject {
  return new Map<string, YamlValue | undefined>([
    ['request', requestDocument(request, files, write)],
    [
      'response',
      new Map<string, YamlValue | undefined>([
        ['interim', response.interim?.map(interimDocument)],
        ['status', response.status],
        ['headers', orNone(writeHeaders(response.headers))],
        ['trailers', response.trailers && orNone(writeHeaders(response.trailers))],
        ['encoding', response.encoding],
        ['body', write(response.body, getHeader(response.headers, 'content-type'), files)],
        ['timing', orNoFlow(timingLine(response))]
      ])
    ],
    ['recorded', { flow: `{at: ${recorded.at}, ms: ${recorded.ms}}` }]
  ])
}

function interimDocument({ status, headers }: RecordedInterim): YamlObject {
  return new Map<string, YamlValue | undefined>([
    ['status', status],
    ['headers', orNone(writeHeaders(headers))]
  ])
}

function timingLine({ interim = [], timing }: RecordedResponse): string {
  const steps = interim.map(({ at }, index) => at - (interim[index - 1]?.at ?? 0))
  return writeTiming({ interim: steps, body: timing })
}

function orNoFlow(flow: string): YamlValue | undefined {
  return flow === '' ? undefined : { flow }
}

function requestDocument({ method, url, headers, body }: RecordedRequest, files: SideFiles, write: BodyWriter): YamlObject {
  return new Map<string, YamlValue | undefined>([
    ['method', method],
    ['url', url],
    ['headers', orNone(writeHeaders(headers))],
    ['body', write(body, getHeader(headers, 'content-type'), files)]
  ])
}

/** The fields of an interaction that its text does not give back. */
function changedFields(wanted: Interaction, text: string, files: SideFiles): string[] {
  let read: Interaction
  try {
    read = readInteraction(text, { name: 'a new recording', line: 1 }, files.read)
  } catch (error) {
    // What is wrong, and in which field; the advice is for people who edited a cassette.
    if (error instanceof CassetteError) return [error.message.replace(/^.*? at line \d+: |\. Mend it by hand.*$/gs, '')]
    throw error
  }
  const [before, after] = [wanted, read].map(fieldsOf)
  const changed = [...before!].filter(([name, value]) => value !== after!.get(name)).map(([name]) => name)
  for (const side of ['request', 'response'] as const) {
    if (Buffer.compare(wanted[side].body, read[side].body) !== 0) changed.push(`${side}.body`)
  }
  return changed
}

/** Everything but the bodies, as texts. Headers of one name stand together in a document. */
function fieldsOf({ request, response, recorded }: Interaction): Map<string, string> {
  const headers = (list: HeaderList = []): string => JSON.stringify([...writeHeaders(list)])
  return new Map([
    ['request.method', request.method],
    ['request.url', request.url],
    ['request.headers', headers(request.headers)],
    ['response.status', String(response.status)],
    ['response.headers', headers(response.headers)],
    ['response.trailers', headers(response.trailers)],
    ['response.encoding', response.encoding ?? ''],
    ['response.timing', timingLine(response)],
    ['response.interim', (response.interim ?? []).map((one) => `${one.status} ${headers(one.headers)}`).join()],
    ['recorded', `${recorded.at} ${recorded.ms}`]
  ])
}

function orNone(map: YamlObject): YamlObject | undefined {
  return map.size === 0 ? undefined : map
}

/** Where a document stands, and what its cassette's header says. */
export interface DocumentPlace extends Place {
  /** @default today's */
  readonly version?: number | undefined
}

/** The interaction that a document holds. Throws {@link CassetteError}. */
export function readInteraction(text: string, place: DocumentPlace, readFile: SideFiles['read']): Interaction {
  const document = parseMap(text, place, NO_MAP)
  migrate(document, 'interaction', { version: place.version ?? CASSETTE_VERSION })
  const result = interactionSchema.safeParse(document.toJS())
  if (!result.success) throw fieldBroken({ text, place, document }, firstProblem(result.error))
  const { request, response, recorded } = result.data
  const read = { text, place, document, readFile }
  const times = readTiming(String(response.timing ?? ''))
  return {
    request: { method: request.method, url: request.url, ...readMessage('request', request.body, read) },
    response: {
      ...optional('interim', response.interim && readInterim(document, times.interim)),
      status: response.status,
      ...readMessage('response', response.body, read),
      ...optional('trailers', response.trailers && readHeaders(document.getIn(['response', 'trailers'], true))),
      ...optional('encoding', response.encoding),
      timing: times.body
    },
    recorded
  }
}

/** One without a time comes with the one before it. */
function readInterim(document: Document, steps: readonly number[]): RecordedInterim[] {
  const list = document.getIn(['response', 'interim'], true)
  let at = 0
  return (isSeq(list) ? list.items : []).map((_, index) => {
    at += steps[index] ?? 0
    const place = ['response', 'interim', index]
    return {
      status: Number(document.getIn([...place, 'status'])),
      headers: readHeaders(document.getIn([...place, 'headers'], true)),
      at
    }
  })
}

/** The request alone, in half of the time where the document stands as it is written today. Throws {@link CassetteError}. */
export function readRequest(text: string, place: DocumentPlace, readFile: SideFiles['read']): RecordedRequest {
  const end = text.indexOf('\nresponse:') + 1
  const isToday = (place.version ?? CASSETTE_VERSION) === CASSETTE_VERSION && /^key: .*\nrequest:/.test(text)
  if (!isToday || end === 0) return readInteraction(text, place, readFile).request
  const part = text.slice(0, end)
  const document = parseMap(part, place, NO_MAP)
  const result = interactionSchema.pick({ key: true, request: true }).safeParse(document.toJS())
  if (!result.success) throw fieldBroken({ text: part, place, document }, firstProblem(result.error))
  const { method, url, body } = result.data.request
  return { method, url, ...readMessage('request', body, { text: part, place, document, readFile }) }
}

const NO_MAP = 'a document must have key, request, response and recorded'

/** What a message of a document is read with. */
interface ReadParts {
  readonly text: string
  readonly place: Place
  readonly document: Document
  readonly readFile: SideFiles['read']
}

function readMessage(
  holder: 'request' | 'response',
  body: BodyDocument | undefined,
  { text, place, document, readFile }: ReadParts
): Pick<RecordedRequest, 'headers' | 'body'> {
  const headers = readHeaders(document.getIn([holder, 'headers'], true))
  if (body === undefined) return { headers, body: EMPTY }
  try {
    return { headers, body: readBody({ body, node: document.getIn([holder, 'body'], true) as Node | undefined, readFile }) }
  } catch (error) {
    if (!(error instanceof BodyFormError)) throw error
    throw fieldBroken({ text, place, document }, { path: [holder, 'body'], what: error.message })
  }
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
}
