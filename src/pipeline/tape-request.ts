/** A request as a cassette sees it: decoded, redacted, and addressed to the provider's public name, whatever upstream is configured. */
import type { RecordedRequest } from '../cassettes/interaction.ts'
import { getHeader } from '../http/headers.ts'
import { toBytes, type HeaderList, type HttpRequest } from '../http/message.ts'
import { providers } from '../providers/index.ts'
import type { ParsedContent } from '../providers/provider.ts'
import type { Redaction } from '../redaction/redactor.ts'
import type { OpenExchange } from './open-exchange.ts'
import type { LoadedTape } from './ports.ts'

/** Where a request goes, and what it holds. */
export interface RequestTarget {
  /** The provider's public origin. */
  readonly origin: string
  /** Its path and query. */
  readonly path: string
  /** Decoded. */
  readonly body: Uint8Array
  /** What the body was read as, where it was. */
  readonly content?: ParsedContent | undefined
  /** Names of the headers that count in matching, in lower case: kept though cassettes leave out most. */
  readonly countedHeaders: readonly string[]
}

export function toRecordedRequest(
  request: Pick<HttpRequest, 'method' | 'headers'>,
  target: RequestTarget,
  redaction: Redaction
): RecordedRequest {
  const redact = (): RecordedRequest => ({
    method: request.method,
    url: target.origin + redaction.url(target.path),
    headers: keptHeaders(request.headers, target.countedHeaders, redaction),
    body: redactRequestBody(target, getHeader(request.headers, 'content-type'), redaction)
  })
  const before = redaction.learned
  const once = redact()
  // What a field gave away may stand in the address too.
  return redaction.learned === before ? once : redact()
}

function redactRequestBody({ body, content }: RequestTarget, type: string | undefined, redaction: Redaction): Uint8Array {
  if (content?.kind !== 'json') return redaction.body(body, type)
  const clean = redaction.json(content.text, content.value)
  return clean === content.text ? body : toBytes(clean)
}

/** What a tape is asked for: the request of an exchange that has been named. */
export function toWanted({ request, provider, path, read }: OpenExchange, { tape, redaction }: LoadedTape): RecordedRequest {
  const { body, content } = read!
  const target = { origin: providers[provider].origin, path, body, content, countedHeaders: tape.countedHeaders }
  const wanted = toRecordedRequest(request, target, redaction)
  // Of what redaction left as it came, it is known what it says.
  return content.kind === 'json' && wanted.body === body ? { ...wanted, json: content } : wanted
}

function keptHeaders(headers: HeaderList, counted: readonly string[], redaction: Redaction): HeaderList {
  const kept = redaction.headers(headers, 'cassette')
  if (counted.length === 0) return kept
  const names = new Set(kept.map(([name]) => name.toLowerCase()))
  const asked = headers.filter(([name]) => counted.includes(name.toLowerCase()) && !names.has(name.toLowerCase()))
  return [...kept, ...redaction.headers(asked, 'log')]
}
