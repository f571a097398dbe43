/** A request as a user's own match function sees it. */
import { tryParseJson } from '../../http/json.ts'
import { toText } from '../../http/message.ts'
import type { RecordedRequest } from '../interaction.ts'
import type { MatchedRequest } from './rules.ts'

export function toMatchedRequest({ method, url, headers, body }: RecordedRequest): MatchedRequest {
  const text = toText(body)
  const shown = new Headers(headers.map(([name, value]): [string, string] => [name, value]))
  return { method, url, headers: shown, body: text === undefined ? undefined : (tryParseJson(text) ?? text) }
}
