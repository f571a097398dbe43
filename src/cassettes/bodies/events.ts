/** A stream of server-sent events with one short line for each event that is like one above it. */
import { isSseType } from '../../http/headers.ts'
import { toBytes } from '../../http/message.ts'
import type { YamlValue } from '../yaml-text.ts'
import type { BodyForm } from './form.ts'
import { commentOf } from './said.ts'
import { expandEvents, shortenEvents } from './short-events.ts'
import { withLineFeeds, withLineEnds } from './line-ends.ts'

export const eventsForm: BodyForm = {
  name: 'events',
  write({ text, contentType }) {
    if (text === undefined || !isSseType(contentType)) return undefined
    const { newline, lines } = withLineFeeds(text)
    // A lone CR ends a line too, and a block of lines cannot hold it.
    const short = lines.includes('\r') ? undefined : shortenEvents(lines)
    if (!short) return undefined
    return new Map<string, YamlValue | undefined>([
      ['newline', newline],
      ['counted', short.counted],
      ['events', commentOf(text, short.events)]
    ])
  },
  read({ body }) {
    if (!('events' in body)) throw new TypeError('not short events')
    const { events, counted, newline } = body
    return toBytes(withLineEnds(expandEvents({ events, counted }), newline))
  }
}
