/** Makes an interaction of somebody else's recording: decoded, addressed and redacted as if it had passed through this proxy. */
import type { ForeignExchange } from '../cassettes/formats/format.ts'
import { takeOffEncoding, type PlainBody } from '../cassettes/formats/plain-body.ts'
import type { Interaction } from '../cassettes/interaction.ts'
import { BodyError } from '../http/body.ts'
import { endToEnd, getHeader, withoutHeaders } from '../http/headers.ts'
import { isObject, tryParseJson } from '../http/json.ts'
import { toText, type HeaderList } from '../http/message.ts'
import { providers } from '../providers/index.ts'
import type { ModelCall } from '../providers/provider.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { claimAddress } from './claim-address.ts'
import { unreadable } from './errors.ts'
import { readRequest } from './read-request.ts'
import { toRecordedRequest } from './tape-request.ts'

/** Why an exchange cannot come in. */
export class ImportError extends Error {}

/** An exchange that came in. */
export interface ImportedExchange {
  readonly interaction: Interaction
  readonly call: ModelCall
  /** The host that it was recorded from, where the cassette names another. */
  readonly host: string | undefined
  /** What was not taken as it stood. */
  readonly notes: readonly string[]
}

export interface ImportParts {
  readonly redaction: Redaction
  /** Most bytes of a decoded body. */
  readonly limit: number
  /** Milliseconds since 1970, where the recording does not say when it was made. */
  readonly now: number
}

/** Headers that are true for one connection or one form of the body. */
const MADE_ANEW = ['content-length', 'content-encoding']

/** Throws {@link ImportError}, with the reason. */
export function importExchange(exchange: ForeignExchange, parts: ImportParts): ImportedExchange {
  try {
    return toImported(exchange, parts)
  } catch (error) {
    if (error instanceof ImportError) throw error
    const told = unreadable(error)
    if (told) throw new ImportError(`the proxy could never answer it: ${lowerFirst(told.message).replace(/\.$/, '')}`)
    throw error
  }
}

function toImported({ request, response, at, ms }: ForeignExchange, parts: ImportParts): ImportedExchange {
  const { redaction, limit } = parts
  if (!/^[A-Z-]+$/.test(request.method)) throw new ImportError('its method is none')
  if (!Number.isInteger(response.status) || response.status < 200 || response.status > 999)
    throw new ImportError(`its status ${response.status} is not that of an answer`)
  const asked = plain('request', request, limit)
  const answered = plain('answer', response, limit)
  const headers = withContentType(asked.headers, asked.bytes)
  const { provider, path } = claim(request.method, request.url, headers)
  const { origin } = providers[provider]
  const read = readRequest({ method: request.method, url: path, headers, body: asked.bytes }, limit)
  const call = providers[provider].readCall({ method: request.method, path: path.split('?', 1)[0]!, content: read.content })
  const [encoding] = answered.encodings.length === 1 ? answered.encodings : []
  const { host } = new URL(request.url)
  return {
    interaction: {
      request: toRecordedRequest(
        { method: request.method, headers },
        { origin, path, body: asked.bytes, countedHeaders: [] },
        redaction
      ),
      response: {
        status: response.status,
        headers: redaction.headers(answered.headers, 'cassette'),
        body: redaction.body(answered.bytes, getHeader(answered.headers, 'content-type')),
        ...(encoding ? { encoding } : {}),
        timing: response.timing
      },
      recorded: { at: moment([at, getHeader(response.headers, 'date')], parts.now), ms: Math.round(ms) }
    },
    call,
    host: new URL(path, origin || undefined).host === host ? undefined : host,
    notes: [
      ...(asked.wasPlain || answered.wasPlain ? ['a body was decoded already'] : []),
      ...(headers === asked.headers ? [] : ['content-type told from the body'])
    ]
  }
}

/** A body without its encoding, and the headers that are still true for it. */
function plain(
  what: 'request' | 'answer',
  { headers, body }: { readonly headers: HeaderList; readonly body: Uint8Array },
  limit: number
): PlainBody & { readonly headers: HeaderList } {
  try {
    return { ...takeOffEncoding(body, headers, limit), headers: withoutHeaders(endToEnd(headers), MADE_ANEW) }
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
    const why = error.code === 'body_too_large' ? `is larger than ${limit} bytes` : 'does not fit its content-encoding'
    throw new ImportError(`the body of its ${what} ${why}`)
  }
}

function claim(method: string, url: string, headers: HeaderList): ReturnType<typeof claimAddress> {
  try {
    return claimAddress(method, url, headers)
  } catch (error) {
    throw new ImportError(unreadable(error)?.message.replace(/\.$/, '') ?? (error as Error).message)
  }
}

/** Some tools keep no headers of requests. Without a type no client's request would fit. */
function withContentType(headers: HeaderList, body: Uint8Array): HeaderList {
  if (body.byteLength === 0 || getHeader(headers, 'content-type') !== undefined) return headers
  const text = toText(body)
  const json = text === undefined ? undefined : tryParseJson(text)
  if (isObject(json) || Array.isArray(json)) return [...headers, ['content-type', 'application/json']]
  const boundary = /^--([\w'()+,./:=?-]{1,70})\r\ncontent-disposition: form-data/i.exec(
    Buffer.from(body.subarray(0, 200)).toString('latin1')
  )
  return boundary ? [...headers, ['content-type', `multipart/form-data; boundary=${quoted(boundary[1]!)}`]] : headers
}

/** A boundary with any but the plainest characters stands in quotes. */
function quoted(boundary: string): string {
  return /^[\w'+.-]+$/.test(boundary) ? boundary : `"${boundary}"`
}

/** The first that is a moment, to the second. */
function moment(words: readonly (string | undefined)[], otherwise: number): string {
  const told = words.map((word) => Date.parse(word ?? '')).find((ms) => ms >= 0 && ms < 4e12)
  return `${new Date(told ?? otherwise).toISOString().slice(0, 19)}Z`
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
