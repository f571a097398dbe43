/** A stream of server-sent events as its own text. */
import { isSseType } from '../../http/headers.ts'
import { toBytes } from '../../http/message.ts'
import type { YamlValue } from '../yaml-text.ts'
import type { BodyForm } from './form.ts'
import { withLineEnds, withLineFeeds } from './line-ends.ts'
import { commentOf } from './said.ts'

export const sseForm: BodyForm = {
  name: 'sse',
  write({ text, contentType }) {
    if (text === undefined || !isSseType(contentType)) return undefined
    const { newline, lines } = withLineFeeds(text)
    return new Map<string, YamlValue | undefined>([
      ['newline', newline],
      ['sse', commentOf(text, lines)]
    ])
  },
  read({ body }) {
    if (!('sse' in body)) throw new TypeError('not an event stream')
    return toBytes(withLineEnds(body.sse, body.newline))
  }
}
