/**
 * Writes most events of a stream as one short line each, and reads them back. Such a line begins with a dot; it stands for an
 * event above, with the fields that it names changed:
 *
 *     data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}
 *
 *     .delta {"content":"Hello"}
 *     .content " there"
 *     .delta {} .finish_reason "stop"
 *     data: [DONE]
 *
 * The event is the nearest one above in which each name means exactly one field. A name is the end of the field's path, as much
 * of it as is needed. All other lines stand as they came.
 */
import { readFrame, renderFrame, type EventFrame } from './event-frame.ts'
import { createEventsAbove, isCount } from './events-above.ts'
import { BodyFormError } from './form.ts'
import { quoteLine, readShortLine, writeShortLine } from './short-line.ts'

/** A stream whose events are short where they can be. Its lines end in line feeds. */
export interface ShortStream {
  readonly events: string
  /** A field of the outermost object that counts the events: where a short line does not name it, it is one more than above. */
  readonly counted: string | undefined
}

/** `undefined` where no event would get shorter, or the stream has lines of its own that begin with a dot. */
export function shortenEvents(stream: string): ShortStream | undefined {
  const blocks = [...blocksOf(stream)]
  if (blocks.some((block) => block.startsWith('.') || block.includes('\n.'))) return undefined
  const frames = blocks.map(readFrame)
  const counted = findCounted(frames)
  const above = createEventsAbove(counted)
  const lines = frames.map((frame) => frame && above.shorten(frame))
  if (lines.every((line) => line === undefined)) return undefined
  const events = blocks.map((block, index) => (lines[index] ? `${writeShortLine(lines[index])}\n` : block)).join('')
  return { events, counted }
}

/** The stream again. Throws {@link BodyFormError} on a line that stands for nothing. */
export function expandEvents({ events, counted }: ShortStream): string {
  const above = createEventsAbove(counted)
  const blocks: string[] = []
  for (const block of blocksOf(events)) {
    if (!block.startsWith('.')) {
      const [lost] = /^\..*/m.exec(block) ?? []
      if (lost !== undefined) throw new BodyFormError(`a blank line is missing before the line ${quoteLine(lost)}`)
      const frame = readFrame(block)
      if (frame) above.add(frame)
      blocks.push(block)
      continue
    }
    const line = block.trimEnd()
    const frame = above.expand(readShortLine(line))
    if (!frame) throw new BodyFormError(`no event above has exactly one field of each name in the line ${quoteLine(line)}`)
    blocks.push(renderFrame(frame))
  }
  return blocks.join('')
}

/** Short lines, and events with their blank lines. */
function* blocksOf(text: string): Iterable<string> {
  for (let at = 0, end = 0; at < text.length; at = end) {
    const blank = text[at] === '.' ? '\n' : '\n\n'
    const found = text.indexOf(blank, at)
    end = found === -1 ? text.length : found + blank.length
    yield text.slice(at, end)
  }
}

/** The part of a stream's events in which a field must go up by one to be the one that counts. */
const MOST = 0.8

/** The field that goes up by one from event to event, in most of them: `sequence_number` of the Responses API. */
function findCounted(frames: readonly (EventFrame | undefined)[]): string | undefined {
  const events = frames.filter((frame) => frame !== undefined)
  const numbers = events.slice(0, 2).flatMap(({ fields }) => Object.entries(fields()).filter(([, value]) => isCount(value)))
  const names = new Set(numbers.map(([name]) => name))
  return [...names].find((name) => {
    const steps = events.filter(({ fields }, index) => {
      const [before, after] = [events[index - 1]?.fields()[name], fields()[name]]
      return isCount(before) && isCount(after) && after === before + 1
    })
    return /^\w+$/.test(name) && steps.length > 1 && steps.length >= (events.length - 1) * MOST
  })
}
