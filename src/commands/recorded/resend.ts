/** Says which recorded requests can be sent again, and what that would cost. Pure. */
import type { Interaction } from '../../cassettes/interaction.ts'
import { getHeader, withHeader, withoutHeaders } from '../../http/headers.ts'
import type { HeaderList } from '../../http/message.ts'
import { claimAddress } from '../../pipeline/claim-address.ts'
import type { KeptInteraction } from '../cassette-files.ts'
import { readFacts, type Facts, type Prices } from './facts.ts'

/** A request that is to be sent again. */
export interface Resend {
  readonly kept: KeptInteraction
  readonly facts: Facts
  /** Whole micro-USD, by what was used when it was recorded; `undefined`: nobody knows. */
  readonly microUsd: number | undefined
}

/** A request that stays as it is, and why. */
export interface Stay {
  readonly kept: KeptInteraction
  readonly reason: string
}

/** What answers and leaves nothing behind at the provider. A job, a file or a batch that is made twice is there twice. */
const ANSWERS_ONLY = new Set(
  [
    'chat/completions',
    'responses',
    'responses/compact',
    'responses/input_tokens',
    'completions',
    'embeddings',
    'moderations',
    'images/generations',
    'images/edits',
    'images/variations',
    'audio/speech',
    'audio/transcriptions',
    'audio/translations',
    'messages',
    'messages/count_tokens',
    'complete'
  ].map((path) => `POST /v1/${path}`)
)

/** @param now milliseconds since 1970: the day whose prices count */
export function planResend(kept: KeptInteraction, prices: Prices, now: number): Resend | Stay {
  const { interaction } = kept
  const facts = readFacts(interaction, prices, now)
  const reason = reasonToStay(interaction, facts)
  if (reason !== undefined) return { kept, reason }
  // Reading what is there costs nothing.
  const isFree = interaction.request.method === 'GET'
  return { kept, facts, microUsd: isFree ? 0 : facts.cost?.complete ? facts.cost.microUsd : undefined }
}

function reasonToStay({ request }: Interaction, { call, endpoint }: Facts): string | undefined {
  const [placeholder] = PLACEHOLDER.exec(`${request.url}\n${Buffer.from(request.body).toString('latin1')}`) ?? []
  if (placeholder !== undefined) return `its request holds ${placeholder} in place of what was redacted, and cannot be sent again`
  if (!call) return 'its request cannot be read'
  if (call.provider === 'generic') return 'it went to a server that is no API of OpenAI or Anthropic, which the proxy never calls'
  if (!call.known) return `the endpoint ${endpoint} is not known`
  if (request.method === 'GET' || ANSWERS_ONLY.has(endpoint)) return undefined
  return `${endpoint} may leave something at the provider, which would be there twice`
}

/** Any text of this form: better one request too many that stays than one that is sent with a hole in it. */
const PLACEHOLDER = /<[a-z][a-z0-9-]*:\d{1,9}>/

/** What `fetch` is given: the path as the proxy takes it, and headers without what was redacted. */
export function toFetch({ interaction }: KeptInteraction): { readonly path: string; readonly init: RequestInit } {
  const { request, response } = interaction
  const { provider, path } = claimAddress(request.method, request.url, request.headers)
  const headers = withoutHeaders(
    request.headers,
    request.headers.flatMap(([name, value]) => (PLACEHOLDER.test(value) ? [name] : []))
  )
  const accepting: HeaderList =
    response.encoding === undefined || getHeader(headers, 'accept-encoding') !== undefined
      ? headers
      : withHeader(headers, 'accept-encoding', response.encoding)
  return {
    path: `/${provider}${path}`,
    init: {
      method: request.method,
      headers: accepting.map(([name, value]) => [name, value]),
      ...(request.body.byteLength > 0 ? { body: Buffer.from(request.body) } : {})
    }
  }
}
