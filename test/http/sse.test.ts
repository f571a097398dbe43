/** Server-sent events: cut anywhere, they join to the same bytes; read, they say what a reference parser says. */
import { createParser } from 'eventsource-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseSplitter, readSseEvent, renderSseEvent, splitSse } from '../../src/http/sse.ts'
import { realExchanges, textOf } from '../support/real-exchanges.ts'
import { getHeader, isSseType } from '../../src/http/headers.ts'

const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
const piece = fc.oneof(
  lineEnd,
  fc.constantFrom('data: a', 'data:b', 'data', 'event: e', ': comment', 'id: 1', 'retry: 5', ' ', ':', 'é', '🙂', '{"x":"\\n"}'),
  fc.string({ maxLength: 4 })
)
const stream = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

/** Cuts a text at the given places. */
function chunksOf(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...places].map((start, index) => text.slice(start, places[index] ?? text.length))
}

/** What a reference parser dispatches. A last event without its blank line is not dispatched, by the standard. */
function referenceEvents(text: string): unknown[] {
  const events: unknown[] = []
  const parser = createParser({ onEvent: ({ event, data }) => events.push({ event: event === '' ? undefined : event, data }) })
  parser.feed(text)
  return events
}

describe('the splitter', () => {
  it('gives blocks that join to the input, whatever it is and however it is cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (text, cuts) => {
        const splitter = createSseSplitter()
        const blocks = chunksOf(text, cuts).flatMap((chunk) => splitter.push(chunk))
        expect(blocks.join('') + splitter.rest()).toBe(text)
      }),
      { numRuns: 1000 }
    )
  })

  it('finds the same blocks at every chunking', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (text, cuts) => {
        const splitter = createSseSplitter()
        const blocks = chunksOf(text, cuts).flatMap((chunk) => splitter.push(chunk))
        const rest = splitter.rest()
        expect(rest === '' ? blocks : [...blocks, rest]).toEqual(splitSse(text))
      }),
      { numRuns: 1000 }
    )
  })

  it('ends each block with one blank line and begins none with the rest of another', () => {
    fc.assert(
      fc.property(stream, (text) => {
        for (const block of splitSse(`${text}x`).slice(0, -1)) expect(block).toMatch(/(\r\n|\n|\r)(\r\n|\n|\r)$/)
      })
    )
  })

  it.each([
    ['LF', 'data: 1\n\ndata: 2\n\n', ['data: 1\n\n', 'data: 2\n\n']],
    ['CRLF', 'data: 1\r\n\r\ndata: 2\r\n\r\n', ['data: 1\r\n\r\n', 'data: 2\r\n\r\n']],
    ['CR', 'data: 1\r\rdata: 2\r\r', ['data: 1\r\r', 'data: 2\r\r']],
    ['all three', 'a\r\n\nb\n\r\nc\r\r\nd', ['a\r\n\n', 'b\n\r\n', 'c\r\r\n', 'd']],
    ['no blank line at the end', 'data: 1\n\ndata: 2\n', ['data: 1\n\n', 'data: 2\n']],
    ['nothing', '', []]
  ])('cuts %s', (_name, text, blocks) => {
    expect(splitSse(text)).toEqual(blocks)
  })

  it('waits at a CR that may be half of a CRLF, byte by byte', () => {
    const splitter = createSseSplitter()
    const blocks = [...'data: 1\r\n\r\ndata: 2\r\n\r\n'].map((char) => splitter.push(char))
    expect(blocks.flat()).toEqual(['data: 1\r\n\r\n', 'data: 2\r\n\r\n'])
    expect(blocks.findIndex((found) => found.length > 0)).toBe('data: 1\r\n\r\n'.length - 1)
    expect(splitter.rest()).toBe('')
  })

  it('holds nothing back of a finished block, however long the stream', () => {
    const splitter = createSseSplitter()
    for (let i = 0; i < 2000; i += 1) {
      expect(splitter.push(`data: ${i}\n\n`)).toEqual([`data: ${i}\n\n`])
      expect(splitter.rest()).toBe('')
    }
  })
})

describe('reading an event', () => {
  it('agrees with a reference parser on any stream whose last event is whole', () => {
    fc.assert(
      fc.property(stream, (text) => {
        const whole = `${text}\n\nx`
        const own = splitSse(whole)
          .slice(0, -1)
          .map(readSseEvent)
          .filter(({ data }) => data !== undefined)
          .map(({ event, data }) => ({ event: event === '' ? undefined : event, data }))
        expect(own).toEqual(referenceEvents(whole))
      }),
      { numRuns: 1000 }
    )
  })

  it('reads every stream of the real exchanges as the reference parser does', () => {
    const streams = realExchanges().filter(({ response }) => isSseType(getHeader(response.headers, 'content-type')))
    expect(streams.length).toBeGreaterThan(40)
    for (const { id, response } of streams) {
      const text = textOf(response.body)
      const own = splitSse(text)
        .map(readSseEvent)
        .filter(({ data }) => data !== undefined)
      expect(own, id).toEqual(referenceEvents(text))
      expect(splitSse(text).join(''), id).toBe(text)
    }
  })

  it.each([
    ['joins data lines', 'data: a\ndata: b\n\n', { event: undefined, data: 'a\nb' }],
    ['takes off one space only', 'data:  a\n\n', { event: undefined, data: ' a' }],
    ['takes a field without a colon as empty', 'data\n\n', { event: undefined, data: '' }],
    ['skips comments', ': keep-alive\n\n', { event: undefined, data: undefined }],
    ['takes the last event name', 'event: a\nevent: b\ndata: 1\n\n', { event: 'b', data: '1' }],
    ['skips a byte order mark', '\uFEFFdata: 1\n\n', { event: undefined, data: '1' }]
  ])('%s', (_name, block, event) => {
    expect(readSseEvent(block)).toEqual(event)
  })

  it('reads back what it rendered', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 'error', 'message_start'), (data, event) => {
        expect(readSseEvent(renderSseEvent(data, event))).toEqual({ event, data })
      })
    )
  })
})
