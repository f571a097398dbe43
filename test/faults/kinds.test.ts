/** Every kind of fault on streams and whole answers, real ones: what still comes, byte for byte, and how it ends. */
import { brotliCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FaultBreak } from '../../src/faults/fault.ts'
import { KINDS } from '../../src/faults/kinds/index.ts'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import { toText, type HttpResponse } from '../../src/http/message.ts'
import { splitSse } from '../../src/http/sse.ts'
import { chunksOf } from '../support/local-upstream.ts'
import { realExchange } from '../support/real-exchanges.ts'
import { strikeAnswer } from './strike-answer.ts'

const EVENTS = ['data: {"n":1}\n\n', ': ping\n\n', 'event: x\ndata: {"n":"grün"}\n\n', 'data: [DONE]\n\n']

/** In pieces that have nothing to do with its events. */
function stream(text = EVENTS.join(''), pieceSize = 5): HttpResponse {
  const bytes = Buffer.from(text)
  async function* pieces(): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.byteLength; at += pieceSize) yield bytes.subarray(at, at + pieceSize)
  }
  return { status: 200, headers: [['content-type', 'text/event-stream']], body: pieces() }
}

const JSON_TEXT = '{"answer":"für dich €"}'

function json(text = JSON_TEXT): HttpResponse {
  const body = Buffer.from(text)
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['content-length', String(body.byteLength)]
    ],
    body
  }
}

describe('a cut', () => {
  test.each([0, 1, 2, 3, 4])('after event %i', async (number) => {
    const { body, error, struck } = await strikeAnswer(stream(), `cut,after-event=${number}`)
    expect(body.toString()).toBe(EVENTS.slice(0, number).join(''))
    expect(error).toMatchObject({ name: 'FaultBreak', how: 'cut' })
    expect(struck).toBe(1)
  })

  test('inside an event gives a part of it, never nothing, never its end', async () => {
    const before = EVENTS.slice(0, 2).join('').length
    const lengths = new Set<number>()
    for (let seed = 0; seed < 300; seed += 1) {
      const { body, error } = await strikeAnswer(stream(), 'cut,inside-event=3', { seed })
      expect(error).toBeInstanceOf(FaultBreak)
      lengths.add(body.byteLength - before)
    }
    const whole = Buffer.byteLength(EVENTS[2]!.trimEnd())
    expect([...lengths].toSorted((a, b) => a - b)).toEqual(Array.from({ length: whole - 1 }, (_, at) => at + 1))
  })

  test('inside a character leaves bytes that are no UTF-8', async () => {
    for (const size of [1, 5, 1000]) {
      for (let seed = 0; seed < 20; seed += 1) {
        const { body, error, struck } = await strikeAnswer(stream(EVENTS.join(''), size), 'cut,inside-character', { seed })
        expect(error).toBeInstanceOf(FaultBreak)
        expect(struck).toBe(1)
        expect(toText(body)).toBeUndefined()
        expect(body.toString()).toBe(`${EVENTS.join('').split('ü')[0]!}\uFFFD`)
      }
    }
  })

  test('counts the characters of more than one byte', async () => {
    const { body } = await strikeAnswer(json(), 'cut,inside-character=2')
    expect(body.toString()).toMatch(/^\{"answer":"für dich \uFFFD$/)
    expect((await strikeAnswer(json(), 'cut,inside-character=3')).missed).toEqual([
      'the answer had 2 characters of more than one byte'
    ])
  })

  test('of an answer that is no stream keeps the length that it does not reach', async () => {
    const { response, body, error } = await strikeAnswer(json(), 'cut')
    expect(getHeader(response!.headers, 'content-length')).toBe(String(Buffer.byteLength(JSON_TEXT)))
    expect(body.byteLength).toBeGreaterThan(0)
    expect(body.byteLength).toBeLessThan(Buffer.byteLength(JSON_TEXT))
    expect(error).toBeInstanceOf(FaultBreak)
  })

  test('reaches into a compressed answer', async () => {
    const body = brotliCompressSync(EVENTS.join(''))
    const headers = [
      ['content-type', 'text/event-stream'],
      ['content-encoding', 'br'],
      ['content-length', String(body.byteLength)]
    ] as const
    const cut = await strikeAnswer({ status: 200, headers, body }, 'cut,after-event=2')
    expect(cut.body.toString()).toBe(EVENTS.slice(0, 2).join(''))
    expect(cut.response!.headers).toEqual([['content-type', 'text/event-stream']])
  })

  test('lets whoever sends the answer know', async () => {
    for (const fault of [
      'cut,after-event=1',
      'cut,after-event=0',
      'cut',
      'cut,inside-character',
      'reset,after-event=2',
      'stream-error'
    ]) {
      let closed = false
      async function* endless(): AsyncIterable<Uint8Array> {
        try {
          for (;;) yield Buffer.from('data: ü\n\n')
        } finally {
          closed = true
        }
      }
      await strikeAnswer({ status: 200, headers: [['content-type', 'text/event-stream']], body: endless() }, fault)
      expect(closed, fault).toBe(true)
    }
  })
})

describe('a reset', () => {
  test('before the answer asks nobody', async () => {
    const { response, error, asked } = await strikeAnswer(stream(), 'reset')
    expect([response, asked]).toEqual([undefined, false])
    expect(error).toMatchObject({ how: 'reset', connection: 'reset' })
  })

  test('after an event', async () => {
    const { body, error } = await strikeAnswer(stream(), 'reset,after-event=2')
    expect(body.toString()).toBe(EVENTS.slice(0, 2).join(''))
    expect(error).toMatchObject({ how: 'reset' })
  })
})

describe('a stall', () => {
  test('says nothing until the client leaves', async () => {
    const { response, error, asked, struck } = await strikeAnswer(stream(), 'stall')
    expect([response, asked, struck]).toEqual([undefined, false, 1])
    expect(error).toMatchObject({ message: 'left' })
  })

  test('after an event', async () => {
    const { body, error } = await strikeAnswer(stream(), 'stall,after-event=1')
    expect(body.toString()).toBe(EVENTS[0])
    expect(error).toMatchObject({ message: 'left' })
  })
})

describe('waits', () => {
  test('a delay comes before the answer is asked for, which stays as it is', async () => {
    const answer = json()
    const { response, waits } = await strikeAnswer(answer, 'delay-ms=40')
    expect(response).toBe(answer)
    expect(waits).toEqual([40])
  })

  test('a slow stream waits between events', async () => {
    const { pieces, waits } = await strikeAnswer(stream(), 'slow-ms=20')
    expect(pieces).toEqual(EVENTS)
    expect(waits).toEqual([20, 20, 20])
  })
})

describe('an error in a stream', () => {
  test('ends it with the event of the API', async () => {
    const { body, error } = await strikeAnswer(stream(), 'stream-error,after-event=2')
    expect(body.toString()).toBe(EVENTS.slice(0, 2).join(''))
    expect(error).toMatchObject({ how: 'end' })
    expect(Buffer.from((error as FaultBreak).lastWords!).toString()).toMatch(
      /^data: \{"error":\{"type":"server_error",.*\}\}\n\n$/
    )
  })

  test('has a number in Responses, and a name of one’s own', async () => {
    const facts = { provider: 'openai', endpoint: 'POST /v1/responses', models: [], stream: true } as const
    const { error } = await strikeAnswer(stream(), 'stream-error=made_up,after-event=3', { facts })
    const [event, data] = Buffer.from((error as FaultBreak).lastWords!)
      .toString()
      .split('\n')
    expect(event).toBe('event: error')
    expect(JSON.parse(data!.slice(6))).toMatchObject({ type: 'error', sequence_number: 3, error: { type: 'made_up' } })
  })
})

describe('a fault that finds nothing to act on', () => {
  test.each([
    ['cut,after-event=5', stream, 'the answer had 4 events'],
    ['cut,inside-event=9', stream, 'the answer had 4 events'],
    ['cut,after-event=1', json, 'the answer is no stream, and whole after its one event'],
    ['cut,inside-event=2', json, 'the answer had 1 event'],
    ['reset,after-event=7', stream, 'the answer had 4 events'],
    ['stall,after-event=5', stream, 'the answer had 4 events'],
    ['slow-ms=5', json, 'the answer is no stream'],
    ['stream-error', json, 'the answer is no stream'],
    ['broken-tool-json', stream, 'the answer calls no tool'],
    ['broken-tool-json', json, 'the answer calls no tool']
  ])('%s', async (fault, answer, why) => {
    const { body, error, struck, missed } = await strikeAnswer(answer(), fault)
    expect(body.toString()).toBe(answer === json ? JSON_TEXT : EVENTS.join(''))
    expect([error, struck, missed]).toEqual([undefined, 0, [why]])
  })
})

const TOOLS = [
  ['chat', 'test_openai/test_image_url_tool_response.yaml#0'],
  ['chat stream', 'test_chat/test_chat_tools_streaming.yaml#0'],
  ['responses', 'test_openai_responses_model_simple_response_with_tool_call.yaml#0'],
  ['responses stream', 'test_openai_responses/test_openai_responses_stream.yaml#0'],
  ['anthropic', 'test_multiple_parallel_tool_calls.yaml#0'],
  ['anthropic stream', 'test_anthropic_tools_streaming_legacy.yaml#0']
] as const

/** What is looked at in answers and events of every API. */
interface Wire {
  readonly type?: string
  readonly index?: number
  readonly item_id?: string
  readonly delta?: string | { readonly partial_json?: string }
  readonly choices?: readonly { readonly message?: WireMessage; readonly delta?: WireMessage }[]
  readonly output?: readonly { readonly type: string; readonly id: string; readonly arguments: string }[]
  readonly content?: readonly { readonly type: string; readonly input: unknown }[]
}

interface WireMessage {
  readonly tool_calls?: readonly { readonly index?: number; readonly function: { readonly arguments: string } }[]
}

/** The arguments of each call that a program gets out of an answer. */
function argumentsOf(text: string): string[] {
  const isStream = !text.trimStart().startsWith('{')
  const events = isStream
    ? splitSse(text).flatMap((block) => [...block.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data!) as never))
    : [JSON.parse(text) as never]
  const calls = new Map<string, string>()
  const add = (key: string, part: string): void => void calls.set(key, (calls.get(key) ?? '') + part)
  for (const event of events as Wire[]) {
    const { type, index, delta, choices = [], output = [], content = [] } = event
    for (const choice of choices) {
      const { tool_calls: tools = [] } = choice.message ?? choice.delta!
      for (const [at, one] of tools.entries()) add(`${one.index ?? at}`, one.function.arguments)
    }
    for (const item of output) if (item.type === 'function_call') add(item.id, item.arguments)
    for (const [at, { type: kind, input }] of content.entries())
      if (kind === 'tool_use') add(`${at}`, typeof input === 'string' ? input : JSON.stringify(input))
    if (typeof delta === 'string' && type === 'response.function_call_arguments.delta') add(event.item_id!, delta)
    if (typeof delta === 'object' && delta.partial_json !== undefined) add(`${index}`, delta.partial_json)
  }
  return [...calls.values()]
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('broken tool JSON', () => {
  test.each(TOOLS)('of %s', async (_, id) => {
    const exchange = realExchange(id)
    const { headers, body } = exchange.response
    const before = argumentsOf(toText(decodeBody(body, getHeader(headers, 'content-encoding'), 1_000_000))!)
    for (const how of ['', '=cut', '=garbled']) {
      for (let seed = 0; seed < 15; seed += 1) {
        async function* events(): AsyncIterable<Uint8Array> {
          yield* chunksOf(exchange)
        }
        const isStream = /event-stream/.test(getHeader(headers, 'content-type')!)
        const answer: HttpResponse = { status: 200, headers, body: isStream ? events() : body }
        const struck = await strikeAnswer(answer, `broken-tool-json${how}`, { seed })
        const after = argumentsOf(struck.body.toString())
        expect(struck.struck).toBe(1)
        expect(after.map(parses)).toEqual(after.map((_text, at) => at > 0))
        expect(after.slice(1)).toEqual(before.slice(1))
        if (!isStream) expect(getHeader(struck.response!.headers, 'content-length')).toBe(String(struck.body.byteLength))
      }
    }
  })

  test('breaks every repetition of one call in the same way', async () => {
    const exchange = realExchange('test_openai_responses/test_openai_responses_stream.yaml#0')
    const { body } = await strikeAnswer(exchange.response, 'broken-tool-json=garbled')
    const said = [...body.toString().matchAll(/"arguments":("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text!) as string)
    const whole = said.filter((text) => text !== '')
    expect(whole.length).toBeGreaterThan(2)
    expect(new Set(whole).size).toBe(1)
    expect(argumentsOf(body.toString())[0]).toBe(whole[0])
  })

  test('breaks any arguments, in any pieces', async () => {
    const pieces = fc.tuple(fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue()), fc.integer({ min: 1, max: 9 }))
    await fc.assert(
      fc.asyncProperty(pieces, fc.constantFrom('cut', 'garbled'), fc.nat(1000), async ([value, size], how, seed) => {
        const text = JSON.stringify(value)
        const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size))
        const events = parts.map(
          (part) =>
            `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: part } }] } }] })}\n\n`
        )
        const { body, struck } = await strikeAnswer(stream(events.join(''), 7), `broken-tool-json=${how}`, { seed })
        expect(struck).toBe(1)
        expect(argumentsOf(body.toString()).map(parses)).toEqual([false])
      }),
      { numRuns: 200 }
    )
  })

  test('leaves the tools alone that the API runs itself', async () => {
    const block = (type: string): string =>
      `data: ${JSON.stringify({ type: 'content_block_start', index: 0, content_block: { type, input: {} } })}\n\n`
    const delta = `data: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } })}\n\n`
    expect((await strikeAnswer(stream(block('server_tool_use') + delta), 'broken-tool-json')).struck).toBe(0)
    expect((await strikeAnswer(stream(block('tool_use') + delta), 'broken-tool-json')).struck).toBe(1)
  })
})

describe('every kind', () => {
  test.each(KINDS.map(({ key }) => key))('%s does the same again with the same seed', async (key) => {
    const text =
      {
        delayMs: 'delay-ms=1',
        status: 'status=429',
        slowMs: 'slow-ms=1',
        streamError: 'stream-error',
        brokenToolJson: 'broken-tool-json'
      }[key] ?? key
    const exchange = realExchange('test_chat/test_chat_tools_streaming.yaml#0')
    const run = async (seed: number): Promise<unknown> => {
      const { body, error, waits } = await strikeAnswer(exchange.response, text, { seed })
      return [body.toString(), String(error), waits]
    }
    expect(await run(3)).toEqual(await run(3))
  })
})
