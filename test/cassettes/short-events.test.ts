/** The short lines of a stream: what they look like, that they give the stream back, and what a person may do to them. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { expandEvents, shortenEvents, type ShortStream } from '../../src/cassettes/bodies/short-events.ts'
import { getHeader, isSseType } from '../../src/http/headers.ts'
import { splitSse } from '../../src/http/sse.ts'
import { realExchange, realExchanges, textOf } from '../support/real-exchanges.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

/** A chunk of Chat Completions. */
function chunk(delta: object, finish_reason: string | null = null, index = 0): string {
  return data({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index, delta, finish_reason }] })
}

/** The short lines of a stream, which must give it back. */
function shortLines(stream: string): string[] {
  const short = shortenEvents(stream)
  if (!short) return []
  expect(expandEvents(short)).toBe(stream)
  return short.events.split('\n').filter((line) => line.startsWith('.'))
}

function expand(events: string, counted?: string): string {
  return expandEvents({ events, counted })
}

describe('a chat', () => {
  const first = chunk({ role: 'assistant', content: '' })
  const usage = data({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    model: 'gpt-4o',
    choices: [],
    usage: { total_tokens: 9 }
  })

  it('has one whole event, then what each adds, why it ended and what was used', () => {
    const stream = first + chunk({ content: 'Hel' }) + chunk({ content: 'lo "you"' }) + chunk({}, 'stop') + 'data: [DONE]\n\n'
    expect(shortenEvents(stream)!.events).toBe(
      `${first}.delta {"content":"Hel"}\n.content "lo \\"you\\""\n.delta {} .finish_reason "stop"\ndata: [DONE]\n\n`
    )
  })

  it('shows a text that is said twice twice', () => {
    expect(shortLines(first + chunk({ content: 'ha' }) + chunk({ content: 'ha' }) + chunk({ content: 'ha' }))).toEqual([
      '.delta {"content":"ha"}',
      '.content "ha"',
      '.content "ha"'
    ])
  })

  it('shows the pieces of the arguments of a tool', () => {
    const call = (fields: object): string => chunk({ tool_calls: [{ index: 0, function: fields }] })
    const stream = call({ name: 'get_weather', arguments: '' }) + call({ arguments: '{"ci' }) + call({ arguments: 'ty":1}' })
    expect(shortLines(stream)).toEqual(['.function {"arguments":"{\\"ci"}', '.arguments "ty\\":1}"'])
  })

  it('shows which of several choices goes on', () => {
    const stream = [0, 1, 0, 1, 1].map((index) => chunk({ content: `word${index}` }, null, index)).join('')
    expect(shortLines(stream)).toEqual([
      '.index 1 .content "word1"',
      '.index 0 .content "word0"',
      '.index 1 .content "word1"',
      '.content "word1"'
    ])
  })

  it('writes an event whole that has other fields', () => {
    expect(shortLines(chunk({ content: 'a' }) + usage)).toEqual([])
  })

  it('names as much of the path as tells two fields apart', () => {
    const event = (index: number, inner: number): string =>
      data({ index, padding: 'x'.repeat(80), choices: [{ index: inner, delta: { index: 9 } }] })
    expect(shortLines(event(0, 0) + event(1, 0) + event(1, 1))).toEqual(['.index 1', '.choices[0].index 1'])
  })
})

describe('Anthropic', () => {
  const delta = (text: string, pad: number): string =>
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${JSON.stringify(text)}}${' '.repeat(pad)}}\n\n`
  const ping = 'event: ping\ndata: {"type": "ping"}\n\n'

  it('pads its events, which a short line says in one word', () => {
    expect(shortLines(delta('a', 3) + delta('b', 0) + delta('b', 12))).toEqual(['.text "b"', '.text "b" +12'])
  })

  it('goes on behind a ping', () => {
    expect(shortenEvents(delta('a', 0) + ping + delta('b', 0))!.events).toBe(`${delta('a', 0)}${ping}.text "b"\n`)
  })

  it('may send the same event again', () => {
    const stop = `event: content_block_stop\ndata: {"type":"content_block_stop","index":0,"note":"${'x'.repeat(40)}"}\n\n`
    expect(shortLines(stop + stop + stop.replace('"}', '"  }'))).toEqual(['.', '. +2'])
  })
})

describe('a field that counts', () => {
  const event = (sequence_number: number, delta: string): string =>
    `event: response.output_text.delta\n${data({ type: 'response.output_text.delta', sequence_number, item_id: 'msg_1', delta })}`

  it('is said once', () => {
    const stream = [4, 5, 6, 7].map((number) => event(number, `w${number}`)).join('')
    const short = shortenEvents(stream)!
    expect(short).toEqual({ counted: 'sequence_number', events: `${event(4, 'w4')}.delta "w5"\n.delta "w6"\n.delta "w7"\n` })
    expect(expandEvents(short)).toBe(stream)
  })

  it('is said where it jumps, and counts on from there', () => {
    const stream = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 21].map((number) => event(number, 'w')).join('')
    expect(shortLines(stream)).toEqual([
      '.',
      ...Array.from({ length: 8 }, () => '.'),
      '.sequence_number 20',
      '.',
      '.sequence_number 21'
    ])
  })

  it('counts on from whole events, and through inserted lines', () => {
    const whole = `event: x\n${data({ sequence_number: 7, other: true })}`
    expect(expand(`${event(1, 'a')}.delta "b"\n.delta "new"\n${whole}.delta "c"\n`, 'sequence_number')).toBe(
      event(1, 'a') + event(2, 'b') + event(3, 'new') + whole + event(8, 'c')
    )
  })
})

describe('streams that are left as they are', () => {
  it.each([
    ['nothing', ''],
    ['one event', chunk({ content: 'a' })],
    ['no JSON', 'data: a\n\ndata: b\n\n'],
    ['lists', 'data: [1,"aaaaaaaaaaaaaaaaaaaaaaaaaaa"]\n\ndata: [2,"aaaaaaaaaaaaaaaaaaaaaaaaaaa"]\n\n'],
    ['data on two lines', 'data: {"a":\ndata: 1}\n\ndata: {"a":\ndata: 2}\n\n'],
    ['a key that stands twice', `data: {"a":1,"a":"${'x'.repeat(99)}"}\n\n`.repeat(2)],
    ['events with little in common', `${data({ a: 1 })}${data({ b: 2 })}${data({ a: 'x'.repeat(99) })}`],
    ['lines of their own that begin with a dot', `${chunk({ content: 'a' })}.content "b"\n\n${chunk({ content: 'b' })}`],
    ['a dot within an event', `x: 1\n.y\n${chunk({ content: 'a' })}${chunk({ content: 'b' })}`]
  ])('%s', (_what, stream) => {
    expect(shortenEvents(stream)).toBeUndefined()
  })

  it('event by event: a comment, an id, a last event without its blank line', () => {
    const odd = `: keep-alive\n\nid: 1\n${chunk({ content: 'b' })}retry: 10\n\n\n\n`
    const stream = `${odd}${chunk({ content: 'a' })}${chunk({ content: 'b' })}${chunk({ content: 'c' }).trimEnd()}`
    expect(shortLines(stream)).toEqual(['.content "b"'])
  })
})

describe('any stream', () => {
  const word = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('', ' ', '.a', '"', '\\', '}', ' +3', 'é', '😀', '\u2028'))
  const value = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), fc.array(word, { maxLength: 3 }), fc.constant({}))
  const name = fc.constantFrom('a', 'b', 'index', 'odd name', '__proto__', 'a-b', '0', 'é')
  const fields = fc.dictionary(name, fc.oneof(value, fc.dictionary(name, value, { maxKeys: 3 })), { maxKeys: 4 })
  const spacing = fc.constantFrom('', ' ')
  const json = fc.tuple(fields, fc.nat(3), spacing, spacing).map(([own, count, colon, pad]) =>
    JSON.stringify({ count, filler: 'x'.repeat(30), ...own })
      .replace('"count":', `"count":${colon}`)
      .replace(/\}$/, `${pad}}`)
  )
  const block = fc.oneof(
    { weight: 6, arbitrary: json.map((text) => `data: ${text}\n\n`) },
    { weight: 3, arbitrary: json.map((text) => `event: delta\ndata:${text}\n\n`) },
    { weight: 1, arbitrary: fc.constantFrom(': ping\n\n', 'data: [DONE]\n\n', '\n\n', 'data: {"a":1}\n', 'x', '.\n', '\n') }
  )
  const stream = fc.array(block, { maxLength: 12 }).map((blocks) => blocks.join(''))

  it('is given back to the last byte', () => {
    fc.assert(
      fc.property(stream, (text) => {
        const short = shortenEvents(text)
        if (short) expect(expandEvents(short)).toBe(text)
      }),
      { numRuns: 1500 }
    )
  })

  it('of the real ones too, in one line for most of its events', () => {
    const shares = realExchanges().flatMap(({ id, response }) => {
      if (!isSseType(getHeader(response.headers, 'content-type'))) return []
      const text = textOf(response.body)
      const short: ShortStream | undefined = shortenEvents(text)
      if (short) expect(expandEvents(short), id).toBe(text)
      return short ? [short.events.length / text.length] : []
    })
    expect(shares.length).toBeGreaterThan(35)
    expect(shares.toSorted((a, b) => a - b)[Math.floor(shares.length / 2)]).toBeLessThan(0.5)
  })

  it('of 676 events takes about a quarter of its size', () => {
    const text = textOf(realExchange('test_openai_responses_thinking_part_iter.yaml#0').response.body)
    expect(splitSse(text)).toHaveLength(676)
    expect(shortenEvents(text)!.events.length / text.length).toBeLessThan(0.3)
    expect(shortLines(text).length).toBeGreaterThan(640)
  })
})

describe('a person who edits', () => {
  const first = chunk({ content: 'a' })

  it('may change, add, move and delete lines', () => {
    expect(expand(`${first}.content "b"\n.content "c"\n`)).toBe(first + chunk({ content: 'b' }) + chunk({ content: 'c' }))
    expect(expand(`${first}.content "c"\n`)).toBe(first + chunk({ content: 'c' }))
    expect(expand(`${first}.delta {"role": "x"}\n.role "y"`)).toBe(
      first + chunk({ role: 'x' }).replace('"role":', '"role": ') + chunk({ role: 'y' }).replace('"role":', '"role": ')
    )
  })

  it('may leave spaces behind a line, and write a longer name than is needed', () => {
    expect(expand(`${first}.choices[0].delta.content   "b"  \n`)).toBe(first + chunk({ content: 'b' }))
  })

  it.each([
    ['a name that no event has', '.contents "b"', 'no event above has exactly one field of each name in the line .contents "b"'],
    ['a name that two fields have', '.a "b"', 'no event above has exactly one field of each name in the line .a "b"'],
    ['a field within another', '.delta {} .content "b"', 'no event above has exactly one field of each name'],
    ['no JSON', ".content 'b'", "the line .content 'b' is no short event."],
    ['no value', '.content', 'the line .content is no short event.'],
    ['half a value', '.content "b', 'the line .content "b is no short event.'],
    ['half an object', '.delta {"a":1', 'the line .delta {"a":1 is no short event.'],
    [
      'words behind',
      '.content "b" and more',
      'is no short event. Write each field that changes with its value as JSON: .content "Hi"'
    ]
  ])('is told of %s', (_what, line, message) => {
    const two = data({ x: { a: 1 }, y: { a: 2 } })
    expect(() => expand(`${two}${first}${line}\n`)).toThrow(message)
  })

  it('is told of a blank line that is missing, and shown no more than the beginning of a long line', () => {
    expect(() => expand(`${first.trimEnd()}\n.content "b"\n`)).toThrow('a blank line is missing before the line .content "b"')
    expect(() => expand(`.content "${'b'.repeat(500)}"\n`)).toThrow(/the line \.content "b{50}…$/)
  })
})
