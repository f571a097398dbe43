/** Lets the events of an answer pass up to a number, and then does something else. */
import type { HttpResponse } from '../http/message.ts'
import { isEventStream, passEvents } from './answer-events.ts'

/** What is done when the events have come, and what is said where they never come. */
export interface AfterEvent {
  act(): never | Promise<never>
  missed(why: string): void
}

/** An answer that is no stream is whole after its one event: nothing is left of it that could break. */
export function breakAfter(response: HttpResponse, number: number, after: AfterEvent): HttpResponse {
  if (number === 0 || isEventStream(response)) return passEvents(response, (events) => passFirst(events, number, after))
  after.missed('the answer is no stream, and whole after its one event')
  return response
}

async function* passFirst(
  events: AsyncIterable<Uint8Array>,
  number: number,
  { act, missed }: AfterEvent
): AsyncIterable<Uint8Array> {
  let passed = 0
  for await (const event of events) {
    // Only now, so that whoever sends the answer is told of its end.
    if (number === 0) await act()
    yield event
    passed += 1
    if (passed === number) await act()
  }
  missed(`the answer had ${passed} event${passed === 1 ? '' : 's'}`)
}
