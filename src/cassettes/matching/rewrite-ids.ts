/** Puts a client's own ids into a recorded answer, in the place of those that were recorded; in the deltas of a stream, too. */
import { getHeader, isSseType } from '../../http/headers.ts'
import { toBytes, toText, type HeaderList } from '../../http/message.ts'
import { replaceFindings, type Found, type Replace } from '../../redaction/replace.ts'
import { redactStream } from '../../redaction/stream-text.ts'
import type { RecordedResponse } from '../interaction.ts'

/** The client's own id for each recorded one. */
export type Bindings = ReadonlyMap<string, string>

/** A run of characters that an id may be. */
const TOKEN = /[\w-]{1,200}/g

/** Characters for private use: an id on its way from one to the other, so that two which change places do not meet. */
const OPEN = '\ue0f0'
const CLOSE = '\ue0f1'
const ON_ITS_WAY = /\ue0f0(\d+)\ue0f1/g

/** The answer itself where nothing is bound, or none of it stands in the answer. */
export function rewriteIds(response: RecordedResponse, bindings: Bindings): RecordedResponse {
  if (bindings.size === 0) return response
  const recorded = [...bindings.keys()]
  const numbers = new Map(recorded.map((id, number) => [id, number]))
  const find = (text: string): Found[] =>
    [...text.matchAll(TOKEN)].flatMap(({ 0: token, index }) =>
      numbers.has(token) ? [{ start: index, end: index + token.length, kind: 'id', secret: token }] : []
    )
  const send: Replace = ({ secret: id }) => `${OPEN}${numbers.get(id)}${CLOSE}`
  const replace = (text: string): string => replaceFindings(text, find(text), send)
  const arrive = (text: string): string =>
    text.replace(ON_ITS_WAY, (whole, number: string) => bindings.get(recorded[Number(number)] ?? '') ?? whole)

  const text = toText(response.body)
  const headers: HeaderList = response.headers.map(([name, value]) => [name, arrive(replace(value))])
  if (text === undefined || text.includes(OPEN)) return { ...response, headers }
  const isStream = isSseType(getHeader(response.headers, 'content-type'))
  const sent = isStream ? redactStream(text, { find, replace: send, text: replace }) : replace(text)
  return { ...response, headers, ...(sent === text ? {} : { body: toBytes(arrive(sent)) }) }
}
