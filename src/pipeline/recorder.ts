/** Turns a finished exchange into an interaction and appends it to its cassette: redacted, scanned, and only when it is whole. */
import { decodeBody, readEncodings, type ContentEncoding } from '../http/body.ts'
import { decodeTimed } from '../http/decode-timed.ts'
import { getHeader, isSseType } from '../http/headers.ts'
import { providers } from '../providers/index.ts'
import { CassetteError, type Interaction, type Tape, type TextCheck } from '../cassettes/interaction.ts'
import { eventTiming } from '../cassettes/playback.ts'
import type { Exchange, Outcome, TimedChunk } from './exchange.ts'
import { MOST_INTERIM } from './open-exchange.ts'
import type { LoadedTape } from './ports.ts'
import { toRecordedRequest } from './tape-request.ts'

/** Most bytes of a decoded answer that are recorded. */
const MAX_DECODED_BYTES = 128 * 1024 * 1024

const NOT_WHOLE: Readonly<Record<Exclude<Outcome, 'complete'>, string>> = {
  aborted: 'the client left before its end',
  closed: 'the proxy was closed before its end',
  broken: 'it broke before its end',
  refused: 'it was refused before its end'
}

/** Why an exchange is not recorded, or `undefined` where it can be. */
export function reasonNotToRecord(exchange: Exchange): string | undefined {
  const { source, outcome, response, fault } = exchange
  if (fault !== undefined) return `a fault struck it: ${fault}`
  if (source !== 'upstream' || !response) return 'it did not reach the upstream'
  if (outcome !== 'complete') return NOT_WHOLE[outcome]
  if ((response.interim?.length ?? 0) > MOST_INTERIM) return `more than ${MOST_INTERIM} interim answers came before its answer`
  if (response.body.truncated) return `its answer of ${response.body.size} bytes is larger than a recording may be`
  return undefined
}

/**
 * Records a whole exchange.
 * @param requestBody the request's decoded body
 * @throws `CassetteError` where the cassette cannot be written, or a secret was left in the finished text: nothing is written then
 */
export async function record(exchange: Exchange, requestBody: Uint8Array, loaded: LoadedTape): Promise<void> {
  const { tape, redaction } = loaded
  const before = handedOver.get(tape)
  let appended: Promise<void> | undefined
  const handed = toInteraction(exchange, requestBody, { tape, redaction }).then(async (interaction) => {
    await before
    appended = appendClean(interaction, loaded, (places) => secretMessage(exchange, tape.name, places))
  })
  handedOver.set(
    tape,
    handed.catch(() => undefined)
  )
  await handed
  await appended
}

/** The last exchange of each tape: whichever is ready first, the tape is given them in the order in which they ended. */
const handedOver = new WeakMap<Tape, Promise<void>>()

/**
 * Appends what was redacted, unless the last look at the finished text finds a secret in it.
 * @param message says what is wrong, by the places of what was found
 * @throws `CassetteError`: nothing is written then
 */
export async function appendClean(
  interaction: Interaction,
  { tape, redaction }: LoadedTape,
  message: (places: string) => string
): Promise<void> {
  const check: TextCheck = (text, stream) => {
    const found = redaction.scan(text)
    if (found.length === 0) return
    const places = found.map(({ kind, line, encoding }) =>
      stream ? `${kind} in the stream of the ${stream}` : `${kind} in line ${line} (${encoding})`
    )
    throw new CassetteError('cassette_secret', message([...new Set(places)].slice(0, 5).join(', ')))
  }
  await tape.append(interaction, check, redaction.numbers)
}

async function toInteraction(exchange: Exchange, requestBody: Uint8Array, { tape, redaction }: LoadedTape): Promise<Interaction> {
  const response = exchange.response!
  const contentType = getHeader(response.headers, 'content-type')
  const encodings = readEncodings(getHeader(response.headers, 'content-encoding'))
  const { chunks } = response.body
  const decoded = decodeBody(Buffer.concat(chunks.map(({ bytes }) => bytes)), encodings.join(','), MAX_DECODED_BYTES)
  const encoding = encodings.length === 1 ? encodings[0] : undefined
  const { origin } = providers[exchange.provider]
  const content = exchange.parsed?.request
  const target = { origin, path: exchange.path, body: requestBody, content, countedHeaders: tape.countedHeaders }
  const trailers = redaction.headers(response.trailers ?? [], 'cassette')
  const interim = response.interim?.map(({ at, status, headers }) => {
    return { status, headers: redaction.headers(headers, 'cassette'), at: Math.round(at) }
  })
  return {
    request: toRecordedRequest(exchange.request, target, redaction),
    response: {
      ...(interim?.length ? { interim } : {}),
      status: response.status,
      headers: redaction.headers(response.headers, 'cassette'),
      ...(trailers.length > 0 ? { trailers } : {}),
      body: redaction.body(decoded, contentType),
      ...(encoding ? { encoding } : {}),
      timing: await timesOf(chunks, contentType, encodings)
    },
    recorded: { at: `${new Date(exchange.openedAt).toISOString().slice(0, 19)}Z`, ms: Math.round(exchange.durationMs) }
  }
}

/** Events are counted in what an answer says, and it came when the bytes did that say it. */
async function timesOf(
  chunks: readonly TimedChunk[],
  contentType: string | undefined,
  encodings: readonly ContentEncoding[]
): Promise<number[]> {
  if (!isSseType(contentType)) return eventTiming(chunks, contentType)
  let plain: readonly TimedChunk[] = chunks
  for (const encoding of encodings.toReversed()) plain = await decodeTimed(plain, encoding)
  return eventTiming(plain, contentType)
}

function secretMessage(exchange: Exchange, cassette: string, places: string): string {
  return (
    `Not recorded in ${cassette}: the exchange ${exchange.call?.endpoint ?? exchange.path} still holds what looks like a secret: ` +
    `${places}. Take it out of the request or the answer, then record again. Nothing was written.`
  )
}
