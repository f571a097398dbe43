/** What is counted of a stream event after event is what each event says by itself. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getHeader, isSseType } from '../../src/http/headers.ts'
import { readSseEvent, renderSseEvent, splitSse } from '../../src/http/sse.ts'
import { createOutputCounter, outputBytes } from '../../src/metering/stream-output.ts'
import { readStreamUsage } from '../../src/metering/usage.ts'
import { realExchanges } from '../support/real-exchanges.ts'

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')

/** What was not read is like what was read before, but for its text: where one tells usage, the other does. */
function expectAlike(events: readonly string[], why = ''): number {
  let read: string | undefined
  const count = createOutputCounter((data) => (read = data))
  for (const data of events) {
    read = undefined
    const block = renderSseEvent(data)
    expect(count(latin1(block)), `${why} ${data}`).toBe(outputBytes(readSseEvent(block).data ?? ''))
    if (readStreamUsage([data])) expect(read, why).toBe(readSseEvent(block).data)
  }
  return events.reduce((bytes, data) => bytes + outputBytes(data), 0)
}

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('', '"', '\\', '\n', 'a', 'stop', '","content":"x', 'é😀')
)

/** As providers write events, and as they might. */
const event = fc.oneof(
  fc
    .tuple(text, text)
    .map(([id, content]) => JSON.stringify({ id, choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
  text.map((content) => JSON.stringify({ choices: [{ delta: { content } }] })),
  text.map((content) => `{"choices":[{"delta":{"content":${JSON.stringify(content).replace('a', '\\u0061')},"role":"a"}}]}`),
  fc
    .tuple(text, text)
    .map(([one, two]) => `{"choices":[{"delta":{"content":${JSON.stringify(one)},"content":${JSON.stringify(two)}}}]}`),
  fc
    .tuple(text, text)
    .map(([one, two]) => JSON.stringify({ choices: [{ delta: { content: one } }, { delta: { content: two } }] })),
  text.map((delta) => JSON.stringify({ type: 'response.output_text.delta', delta, obfuscation: delta })),
  text.map((delta) => JSON.stringify({ type: 'response.audio.delta', delta })),
  text.map((said) => JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: said } })),
  fc.constantFrom('[DONE]', '', '{', '{"choices":[{"delta":{"content":"')
)

describe('the output of a stream', () => {
  it('is the same event after event, in every real stream', () => {
    let bytes = 0
    for (const { id, response } of realExchanges()) {
      if (!isSseType(getHeader(response.headers, 'content-type')) || getHeader(response.headers, 'content-encoding')) continue
      const blocks = splitSse(Buffer.from(response.body).toString())
      bytes += expectAlike(
        blocks.map((block) => readSseEvent(block).data ?? ''),
        id
      )
    }
    expect(bytes).toBeGreaterThan(1000)
  })

  it('is the same event after event, whatever the events are', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => void expectAlike(events)),
      { numRuns: 2000 }
    )
  })

  it('is told without parsing where only the text is another, and is not taken for another field', () => {
    const chunk = (content: string): string => JSON.stringify({ choices: [{ delta: { content } }], system: 'abc' })
    expectAlike([chunk('abc'), chunk('abcd'), chunk(''), chunk('a"b'), chunk('ab')])
    // The text stands in escapes, and another field says the same in plain letters.
    const escaped = String.raw`{"system":"abc","choices":[{"delta":{"content":"\u0061bc"}}]}`
    expectAlike([escaped, escaped.replace('"abc"', '"abcdefgh"'), escaped])
  })
})
