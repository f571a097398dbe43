/** The times that are noted of an answer, and kept with it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventTiming } from '../../src/cassettes/playback.ts'
import { toBytes } from '../../src/http/message.ts'
import { splitSse } from '../../src/http/sse.ts'

describe('the times of an answer', () => {
  const chunks = (...list: readonly (readonly [at: number, text: string])[]): Parameters<typeof eventTiming>[0] =>
    list.map(([at, text]) => ({ at, bytes: toBytes(text) }))

  it.each<readonly [string, Parameters<typeof eventTiming>[0], string | undefined, readonly number[]]>([
    ['nothing', [], 'text/event-stream', []],
    ['one chunk', chunks([12.4, '{}']), 'application/json', [12]],
    ['many chunks of no stream', chunks([12.4, '{'], [15, '1'], [20.6, '}']), undefined, [12, 9]],
    ['two chunks at one time', chunks([12.4, '{'], [12.45, '}']), undefined, [12]],
    [
      'events, one a chunk',
      chunks([10, 'data: 1\n\n'], [30, 'data: 2\n\n'], [30.2, 'data: 3\n\n']),
      'text/event-stream',
      [10, 20, 0]
    ],
    ['two events in one chunk', chunks([10, 'data: 1\n\ndata: 2\n\n']), 'text/event-stream', [10, 0]],
    ['an event in two chunks', chunks([10, 'data: 1'], [30, '\n\n']), 'text/event-stream', [30]],
    ['a CRLF cut in two', chunks([10, 'data: 1\r\n\r'], [30, '\ndata: 2\r\n\r\n']), 'text/event-stream', [30, 0]],
    [
      'a character cut in two',
      [
        { at: 5, bytes: Uint8Array.of(0xc3) },
        { at: 9, bytes: Uint8Array.of(0xa9, 10, 10) }
      ],
      'text/event-stream',
      [9]
    ],
    ['an end without a blank line', chunks([10, 'data: 1\n\nda'], [30, 'ta: 2']), 'text/event-stream', [10, 20]]
  ])('%s', (_what, noted, contentType, timing) => {
    expect(eventTiming(noted, contentType)).toEqual(timing)
  })

  it('are as many as the pieces that are played, however the stream was cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('\n', '\r', 'é', 'data: x', '\r\n\r\n'), maxLength: 6 }), { maxLength: 8 }),
        (texts) => {
          const all = Buffer.from(texts.join(''))
          const noted = [...all].map((byte, index) => ({ at: index, bytes: Uint8Array.of(byte) }))
          expect(eventTiming(noted, 'text/event-stream')).toHaveLength(splitSse(all.toString()).length)
        }
      ),
      { numRuns: 300 }
    )
  })

  it('never go back, and sum up to the last moment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 1000, noNaN: true }), fc.constantFrom('data: 1\n\n', 'da', 'ta\n', '\n'))),
        (list) => {
          const sorted = list.toSorted(([a], [b]) => a - b)
          const timing = eventTiming(chunks(...sorted), 'text/event-stream')
          expect(timing.every((ms) => Number.isInteger(ms) && ms >= 0)).toBe(true)
          expect(timing.reduce((total, ms) => total + ms, 0)).toBeLessThanOrEqual(Math.round(sorted.at(-1)?.[0] ?? 0))
        }
      ),
      { numRuns: 200 }
    )
  })
})
