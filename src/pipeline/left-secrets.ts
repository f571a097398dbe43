/** What secrets an interaction still holds: what its streams say when they are joined, and what redaction would take out of it now. */
import type { Interaction } from '../cassettes/interaction.ts'
import { streamsOf } from '../cassettes/streams-of.ts'
import { getHeader } from '../http/headers.ts'
import type { HeaderList } from '../http/message.ts'
import { placeholdersIn, plainKind } from '../redaction/kinds.ts'
import type { Redaction } from '../redaction/redactor.ts'

/** A secret that was left, never the secret itself. */
export interface LeftSecret {
  readonly kind: string
  /** `plain`, or how it is hidden. */
  readonly encoding: string
  readonly part: 'request' | 'response'
  /** What of it: `url`, `body`, or a header's name. */
  readonly field: string
}

const PARTS = ['request', 'response'] as const

/** Secrets that are spread over the events of a stream: a cassette's text need not show them side by side. */
export function leftInStreams(interaction: Interaction, redaction: Redaction): LeftSecret[] {
  return streamsOf(interaction).flatMap(({ part, text }) =>
    redaction.scan(text).map(({ kind, encoding }) => ({ kind, encoding, part, field: 'body' }))
  )
}

/** What these rules of redaction would not have recorded: secret fields and headers too, which nothing but their names gives away. */
export function leftByName(interaction: Interaction, redaction: Redaction): LeftSecret[] {
  const { request, response } = interaction
  const inUrl = newKinds(request.url, redaction.url(request.url)).map((kind) => left(kind, 'request', 'url'))
  const inParts = PARTS.flatMap((part) => {
    const { headers, body } = interaction[part]
    const type = getHeader(headers, 'content-type')
    const clean = redaction.body(body, type)
    const inBody = clean === body ? [] : newKinds(textOf(body), textOf(clean)).map((kind) => left(kind, part, 'body'))
    return [...inHeaders(headers, redaction, part), ...inBody]
  })
  const around = [...(response.interim ?? []).map(({ headers }) => headers), response.trailers ?? []]
  return [...inUrl, ...inParts, ...around.flatMap((headers) => inHeaders(headers, redaction, 'response'))]
}

function inHeaders(headers: HeaderList, redaction: Redaction, part: LeftSecret['part']): LeftSecret[] {
  // For the log every header is there, those too that a cassette would leave out.
  return redaction.headers(headers, 'log').flatMap(([name, value], index) => {
    const [given = '', before = ''] = headers[index] ?? []
    const kinds = [...newKinds(given, name), ...newKinds(before, value)]
    return kinds.map((kind) => left(kind, part, name.toLowerCase()))
  })
}

function left(kind: string, part: LeftSecret['part'], field: string): LeftSecret {
  return { kind: plainKind(kind), encoding: kind === plainKind(kind) ? 'plain' : 'encoded', part, field }
}

/** The kinds of placeholders that a text got. */
function newKinds(before: string, after: string): string[] {
  if (before === after) return []
  const counts = new Map<string, number>()
  for (const { kind } of placeholdersIn(after)) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  for (const { kind } of placeholdersIn(before)) counts.set(kind, (counts.get(kind) ?? 0) - 1)
  return [...counts].filter(([, count]) => count > 0).map(([kind]) => kind)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
