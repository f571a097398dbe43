/** A stream is ended where it says more than was reserved, and never before. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundOutput } from '../../src/pipeline/bound-output.ts'
import { AnswerRefused } from '../../src/pipeline/judge-answer.ts'
import { outputBytes } from '../../src/metering/stream-output.ts'
import { realExchanges } from '../support/real-exchanges.ts'

const chat = (content: string, more: object = {}): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }], ...more })}\n\n`

interface Run {
  readonly text: string
  readonly refused: number
  /** Whether the upstream's body was left before its end. */
  readonly isLeft: boolean
  readonly outputTokens: number | undefined
}

/** @param sizes how the bytes are cut into chunks */
async function run(stream: string, limit: number, sizes: readonly number[] = [50]): Promise<Run> {
  const bytes = Buffer.from(stream)
  let isLeft = true
  async function* upstream(): AsyncIterable<Uint8Array> {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length]!
      yield bytes.subarray(at, at + size)
      at += size
    }
    isLeft = false
  }
  let outputTokens: number | undefined
  let refused = 0
  const response = { status: 200, headers: [['content-length', '9'] as const], body: upstream() }
  const bounded = boundOutput(response, limit, (_error, told) => {
    refused += 1
    outputTokens = told?.outputTokens
  })
  expect(bounded.headers).toEqual([])
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of bounded.body as AsyncIterable<Uint8Array>) chunks.push(chunk)
  } catch (error) {
    expect(error).toBeInstanceOf(AnswerRefused)
    expect((error as AnswerRefused).error).toMatchObject({ status: 429, code: 'reservation_exceeded', retry: false })
  }
  return { text: Buffer.concat(chunks).toString(), refused, isLeft, outputTokens }
}

describe('a stream within its reservation', () => {
  it('passes byte for byte, however it is cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1 })
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(texts, sizes, async (parts, cuts) => {
        const stream = parts.map((part) => chat(part)).join('') + 'data: [DONE]\n\ndata: unfinished é'
        const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)
        const passed = await run(stream, Math.ceil(bytes / 256), cuts)
        expect(passed).toMatchObject({ text: stream, refused: 0, isLeft: false })
      }),
      { numRuns: 50 }
    )
  })

  it('may be of tokens as long as any is, and tell its usage at the end whatever it is', async () => {
    const longest = ' '.repeat(128)
    const stream = Array.from({ length: 40 }, () => chat(longest)).join('')
    expect(await run(stream, 40)).toMatchObject({ text: stream, refused: 0 })
    const end = `${chat('a')}data: ${JSON.stringify({ choices: [], usage: { completion_tokens: 1_000_000 } })}\n\ndata: [DONE]\n\n`
    expect(await run(end, 1)).toMatchObject({ text: end, refused: 0 })
  })

  it('is every real one, at the very number of tokens that it told', async () => {
    const streams = realExchanges().flatMap(({ response }) => {
      const text = Buffer.from(response.body).toString()
      const told = [...text.matchAll(/"(?:output_tokens|completion_tokens)":\s*(\d+)/g)].map(([, digits]) => Number(digits))
      return /^(event|data):/.test(text) && told.length > 0 ? [{ text, tokens: Math.max(...told) }] : []
    })
    expect(streams.length).toBeGreaterThan(5)
    for (const { text, tokens } of streams) expect(await run(text, tokens, [1000])).toMatchObject({ text, refused: 0 })
  })
})

describe('a stream that passes it', () => {
  it('is ended before the event that does, between two events, and the upstream is left', async () => {
    const stream = Array.from({ length: 100 }, () => chat('x'.repeat(256))).join('')
    for (const size of [7, 50, 100_000]) {
      const { text, refused, isLeft } = await run(stream, 10, [size])
      expect(text).toBe(chat('x'.repeat(256)).repeat(10))
      expect(refused).toBe(1)
      expect(isLeft).toBe(true)
    }
  })

  it('is ended by the usage that its events tell', async () => {
    const usage = { usage: { prompt_tokens: 3, completion_tokens: 11 } }
    const stream = chat('a') + chat('b', usage) + chat('c') + chat('d')
    expect(await run(stream, 10)).toMatchObject({ text: chat('a') + chat('b', usage), refused: 1, outputTokens: 11 })
    expect(await run(stream, 11)).toMatchObject({ text: stream, refused: 0 })
  })
})

describe('what counts as said', () => {
  it.each([
    ['chat', { choices: [{ delta: { content: 'abc', refusal: 'de' } }, { delta: { content: 'é' } }] }, 7],
    ['arguments of tools', { choices: [{ delta: { tool_calls: [{ function: { arguments: '{"a":1}' } }] } }] }, 7],
    ['completions', { choices: [{ text: 'abcd' }] }, 4],
    ['Responses', { type: 'response.output_text.delta', delta: 'abc' }, 3],
    ['Responses, said again as a whole', { type: 'response.output_text.done', text: 'abc' }, 0],
    ['a summary of reasoning', { type: 'response.reasoning_summary_text.delta', delta: 'abc' }, 0],
    ['sound', { type: 'response.audio.delta', delta: 'abcd' }, 0],
    ['sound of chat', { choices: [{ delta: { audio: { data: 'abcd', transcript: 'ab' } } }] }, 0],
    ['messages', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'abc' } }, 3],
    ['input of tools', { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"a' } }, 3],
    ['a signature', { type: 'content_block_delta', delta: { type: 'signature_delta', signature: 'abcd' } }, 0],
    ['a citation', { type: 'content_block_delta', delta: { type: 'citations_delta', citation: { cited_text: 'abc' } } }, 0],
    ['nothing', null, 0]
  ])('%s', (_what, event, bytes) => {
    expect(outputBytes(JSON.stringify(event))).toBe(bytes)
  })
})
