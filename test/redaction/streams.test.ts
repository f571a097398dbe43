/** A key that is split over the events of a stream, at any cut, in every dialect, is gone from it, whether it is kept or watched. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBytes, toText } from '../../src/http/message.ts'
import { readSseEvent, splitSse } from '../../src/http/sse.ts'
import { createEventStreamRedactor, createRedaction } from '../../src/redaction/index.ts'
import type { Redaction } from '../../src/redaction/redactor.ts'
import { canary, CANARY_KINDS, findCanary, type CanaryKind } from '../support/canary.ts'
import { pem } from './samples.ts'

const TYPE = 'text/event-stream; charset=utf-8'

/** How each dialect says one piece of a text. */
const DIALECTS: Readonly<Record<string, (piece: string) => unknown>> = {
  'chat deltas': (content) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content }, finish_reason: null }]
  }),
  'chat tool arguments': (text) => ({
    choices: [{ delta: { tool_calls: [{ index: 1, function: { arguments: text } }] }, index: 0 }]
  }),
  completions: (text) => ({ object: 'text_completion', choices: [{ text, index: 0 }] }),
  'Responses text deltas': (delta) => ({
    type: 'response.output_text.delta',
    item_id: 'msg_1',
    output_index: 0,
    content_index: 0,
    delta,
    obfuscation: 'xyz'
  }),
  'Responses argument deltas': (delta) => ({
    type: 'response.function_call_arguments.delta',
    item_id: 'fc_1',
    output_index: 1,
    delta
  }),
  'Anthropic text deltas': (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  'Anthropic JSON deltas': (text) => ({
    type: 'content_block_delta',
    index: 1,
    delta: { type: 'input_json_delta', partial_json: text }
  }),
  'Anthropic thinking': (thinking) => ({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking } }),
  'a dialect of its own': (content) => ({ content }),
  'JSON strings': (text) => text
}
const NAMES = Object.keys(DIALECTS)

function stream(pieces: readonly string[], dialect: string, newline = '\n'): string {
  const events = pieces.map((piece) => `event: x${newline}data: ${JSON.stringify(DIALECTS[dialect]!(piece))}${newline}${newline}`)
  return `${events.join('')}data: [DONE]${newline}${newline}`
}

function textsOf(text: string, dialect: string): string {
  const marks = splitSse(stream(['MARK'], dialect))[0]!
  const path = pathTo(JSON.parse(readSseEvent(marks).data!), 'MARK')!
  const data = splitSse(text).flatMap((block) => readSseEvent(block).data ?? [])
  return data
    .filter((line) => line !== '[DONE]')
    .map((line) => path.reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], JSON.parse(line)) as string)
    .join('')
}

function pathTo(value: unknown, wanted: string): string[] | undefined {
  if (value === wanted) return []
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, child] of Object.entries(value)) {
    const path = pathTo(child, wanted)
    if (path) return [name, ...path]
  }
  return undefined
}

function redact(redaction: Redaction, text: string): string {
  return toText(redaction.body(toBytes(text), TYPE))!
}

function redactionFor(kind: CanaryKind): Redaction {
  const redaction = createRedaction()
  if (kind === 'plain') redaction.learn(canary('plain'), 'api-key')
  return redaction
}

/** The pieces of a text, cut at places. */
function cutAt(text: string, places: readonly number[]): string[] {
  const sorted = [0, ...places.toSorted((a, b) => a - b), text.length]
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
}

/** A text that is watched, in chunks. */
function watch(redaction: Redaction, text: string, step: number): { shown: string; beforeEnd: string } {
  const redactor = createEventStreamRedactor(redaction)
  let beforeEnd = ''
  for (let at = 0; at < text.length; at += step) beforeEnd += redactor.push(text.slice(at, at + step))
  return { beforeEnd, shown: beforeEnd + redactor.flush() }
}

describe.each(NAMES)('%s', (dialect) => {
  it.each(['openaiProject', 'github', 'aws', 'plain'] as const)('hide a key of kind %s at every cut', (kind) => {
    const key = canary(kind)
    const said = `The key is ${key}, ok.`
    for (const newline of ['\n', '\r\n']) {
      for (let cut = 1; cut < said.length; cut += 1) {
        const redaction = redactionFor(kind)
        const given = stream(cutAt(said, [cut]), dialect, newline)
        const clean = redact(redaction, given)
        expect(findCanary(clean, key), `cut at ${cut}`).toEqual([])
        expect(textsOf(clean, dialect)).toMatch(/^The key is <[a-z-]+:1>, ok\.$/)
        expect(splitSse(clean)).toHaveLength(splitSse(given).length)
        if (cut % 40 === 1) expect(redact(redaction, clean)).toBe(clean)
      }
    }
  })

  it.each(CANARY_KINDS)('hide a key of kind %s in events of one character', (kind) => {
    const said = `The key is ${canary(kind)}, ok.`
    const given = stream([...said], dialect)
    const redaction = redactionFor(kind)
    const clean = redact(redaction, given)
    expect(textsOf(clean, dialect)).toMatch(/^The key is <[a-z-]+:1>, ok\.$/)
    expect(splitSse(clean).map((block) => readSseEvent(block).event)).toEqual(
      splitSse(given).map((block) => readSseEvent(block).event)
    )
    expect(redact(redaction, clean)).toBe(clean)
    expect(redaction.scan(clean)).toEqual([])
    expect(redaction.scan(given).map(({ encoding }) => encoding)).toContain('stream')
  })

  it('hide a key from who watches them, at any cuts and in any chunks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CANARY_KINDS),
        fc.array(fc.nat({ max: 200 }), { maxLength: 10 }),
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom('\n', '\r\n'),
        (kind, places, step, newline) => {
          const key = canary(kind)
          const said = `The key is ${key}, ok.`
          const given = stream(
            cutAt(
              said,
              places.filter((place) => place < said.length)
            ),
            dialect,
            newline
          )
          const { shown, beforeEnd } = watch(redactionFor(kind), given, step)
          expect(findCanary(shown, key)).toEqual([])
          expect(textsOf(shown, dialect)).toMatch(/^The key is <[a-z-]+:1>, ok\.$/)
          expect(splitSse(shown)).toHaveLength(splitSse(given).length)
          expect(findCanary(beforeEnd, key)).toEqual([])
        }
      ),
      { numRuns: 60 }
    )
  })
})

describe('streams as they are kept', () => {
  it('come back as the same bytes where they hold nothing secret, whatever their line ends', () => {
    for (const newline of ['\n', '\r\n', '\r']) {
      const bytes = toBytes(
        `\uFEFF: hello${newline}${newline}${stream(['Hi', ' there', '\u2028', 'sk-', 'learn '], 'chat deltas', newline)}data:x${newline}data${newline}retry: 5${newline}${newline}data: cut o`
      )
      expect(createRedaction().body(bytes, TYPE)).toBe(bytes)
    }
  })

  it('hide a secret that is split over deltas of JSON by the name of its field', () => {
    const text = '{"user": "me", "password": "correct horse", "n": 1}'
    for (let cut = 1; cut < text.length; cut += 1) {
      const clean = redact(createRedaction(), stream(cutAt(text, [cut]), 'Anthropic JSON deltas'))
      expect(textsOf(clean, 'Anthropic JSON deltas'), `cut at ${cut}`).toBe(
        '{"user": "me", "password": "<credential:1>", "n": 1}'
      )
    }
  })

  it('keep channels apart, and follow each by its index wherever it stands in its list', () => {
    const [a, b] = [canary('openai', 'a'), canary('anthropic', 'b')]
    const chunk = (...choices: (readonly [number, string])[]): string =>
      `data: ${JSON.stringify({ choices: choices.map(([index, content]) => ({ index, delta: { content } })) })}\n\n`
    const given =
      chunk([0, a.slice(0, 9)], [1, b.slice(0, 5)]) +
      chunk([1, b.slice(5, 20)], [0, a.slice(9, 12)]) +
      chunk([1, b.slice(20)]) +
      chunk([0, a.slice(12)])
    const clean = redact(createRedaction(), given)
    expect([...findCanary(clean, a), ...findCanary(clean, b)]).toEqual([])
    expect(clean).toBe(
      chunk([0, '<openai-key:1>'], [1, '<anthropic-key:1>']) + chunk([1, ''], [0, '']) + chunk([1, '']) + chunk([0, ''])
    )
  })

  it('hide what the last event repeats whole, under the same placeholder', () => {
    const key = canary('openaiProject')
    const given =
      stream(cutAt(`a ${key}`, [5, 9]), 'Responses text deltas') +
      `data: ${JSON.stringify({ type: 'response.completed', response: { output: [{ content: [{ type: 'output_text', text: `a ${key}` }] }] } })}\n\n`
    const clean = redact(createRedaction(), given)
    expect(clean.match(/<openai-key:1>/g)).toHaveLength(2)
    expect(findCanary(clean, key)).toEqual([])
  })

  it('hide a key split over events of plain text, and over the data lines of one event', () => {
    const key = canary('openai')
    expect(redact(createRedaction(), `data: a ${key.slice(0, 20)}\n\ndata: ${key.slice(20)} b\n\n`)).toBe(
      'data: a <openai-key:1>\n\ndata:  b\n\n'
    )
    const lines = pem()
      .split('\n')
      .map((line) => `data: ${line}\r\n`)
      .join('')
    expect(redact(createRedaction(), `event: key\r\n${lines}id: 1\r\n\r\n`)).toBe(
      'event: key\r\ndata: <private-key:1>\r\nid: 1\r\n\r\n'
    )
  })

  it('keep every character of events that hold no secret', () => {
    const key = canary('openai')
    const odd = 'event:odd\ndata:{ "a" : 1.0,\ndata: "b":"\\u00e4" }\nid:7\n\n'
    expect(redact(createRedaction(), `${odd}data: {"x":  "${key}"}\n\n${odd}`)).toBe(
      `${odd}data: {"x":  "<openai-key:1>"}\n\n${odd}`
    )
  })
})

describe('streams as they are watched', () => {
  const chat = (content: string): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`

  it('are shown as they were, each event as soon as its words are whole', () => {
    const redactor = createEventStreamRedactor(createRedaction())
    expect(redactor.push(chat('Hello'))).toBe('')
    expect(redactor.push(chat(' wor').slice(0, 30))).toBe('')
    expect(redactor.push(chat(' wor').slice(30))).toBe(chat('Hello'))
    expect(redactor.push(chat('ld, '))).toBe(chat(' wor') + chat('ld, '))
    expect(redactor.push(chat('you.'))).toBe('')
    expect(redactor.push('data: [DONE]\n\n')).toBe('')
    expect(redactor.flush()).toBe(`${chat('you.')}data: [DONE]\n\n`)
    expect(redactor.flush()).toBe('')
  })

  it('do not wait where the stream goes on with something else: the held end comes in the next event of its channel, or last', () => {
    const two = (index: number, text: string): string =>
      `data: ${JSON.stringify({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } })}\n\n`
    const redactor = createEventStreamRedactor(createRedaction())
    expect(redactor.push(two(0, 'one two'))).toBe('')
    expect(redactor.push(two(1, 'three '))).toBe(two(0, 'one ') + two(1, 'three '))
    expect(redactor.push(two(0, ' four'))).toBe('')
    expect(redactor.push(two(1, 'five'))).toBe(two(0, 'two ') + two(1, ''))
    expect(redactor.flush()).toBe(': held back: "four" "five"\n')
  })

  it('hide keys in channels that take turns, at every cut', () => {
    const [a, b] = [canary('openai', 'a'), canary('anthropic', 'b')]
    const two = (index: number, text: string): string =>
      `data: ${JSON.stringify({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } })}\n\n`
    for (let cut = 1; cut < a.length; cut += 1) {
      const given =
        two(0, `is ${a.slice(0, cut)}`) +
        two(1, `is ${b.slice(0, cut)}`) +
        two(0, a.slice(cut)) +
        two(1, b.slice(cut)) +
        two(0, ' x') +
        two(1, ' y')
      const { shown } = watch(createRedaction(), given, 1000)
      expect([...findCanary(shown, a), ...findCanary(shown, b)], `cut at ${cut}`).toEqual([])
      expect(shown).toContain('<openai-key:1>')
      expect(shown).toContain('<anthropic-key:1>')
    }
  })

  it('hide what a word before it makes a secret, and a private key', () => {
    const token = canary('plain')
    for (const said of [
      `Authorization: Bearer ${token} ok`,
      `aws_secret_access_key = "${token}${token.slice(0, 8)}" ok`,
      `a ${pem()} ok`,
      `{"city": "x", "password": "${token}", "n": 1}`,
      `{"client_secret" : "ab${token}"}`
    ]) {
      const hidden = said.includes('BEGIN') ? said.slice(60, 90) : token.slice(0, 9)
      for (const size of [1, 2, 3, 5, 7, 11]) {
        const pieces = said.match(new RegExp(`[^]{1,${size}}`, 'g'))!
        const { shown } = watch(createRedaction(), stream(pieces, 'chat tool arguments'), 50)
        const text = textsOf(shown, 'chat tool arguments')
        expect(text, `${size} at a time`).not.toContain(hidden)
        expect(text).toMatch(/<(?:bearer-token|aws-secret-key|private-key|credential):1>/)
      }
    }
  })

  it('show no part of a run that is too long to wait for where it holds a secret, and all of one that holds none', () => {
    const key = canary('openaiProject')
    const long = (text: string): string =>
      textsOf(watch(createRedaction(), stream(text.match(/.{1,500}/g)!, 'chat deltas'), 100_000).shown, 'chat deltas')
    const image = 'QUJD'.repeat(20_000)
    expect(long(`${image} end`)).toBe(`${image} end`)
    for (const at of [1000, 3000, 4000, 9000]) {
      const text = long(`${'a/'.repeat(at / 2)}${key}${'/a'.repeat(12_000)} end`)
      expect(findCanary(text, key), String(at)).toEqual([])
      expect(text.endsWith(' end')).toBe(true)
      const encoded = Buffer.from(`${'x '.repeat(at)}${key}${' y'.repeat(12_000)}`).toString('base64')
      const hidden = long(`${encoded} end`)
      expect(hidden.endsWith(' end')).toBe(true)
      expect(hidden).toMatch(/<encoded-openai-key:\d+> end$/)
      expect(findCanary(hidden, key), String(at)).toEqual([])
    }
  })

  it('show of an event that never ended only that it was there', () => {
    const key = canary('openai')
    const { shown } = watch(createRedaction(), chat(`is ${key.slice(0, 25)}`) + chat(key.slice(25)).slice(0, -8), 7)
    expect(findCanary(shown, key)).toEqual([])
    expect(shown).toMatch(/: an event that did not end, \d+ characters\n$/)
    expect(watch(createRedaction(), `${chat('a')}data: [DONE]`, 9).shown).toBe(`${chat('a')}data: [DONE]`)
  })

  it('do not keep events for ever', () => {
    const redactor = createEventStreamRedactor(createRedaction())
    let shown = ''
    for (let at = 0; at < 1000; at += 1) shown += redactor.push(chat('word'))
    expect(splitSse(shown).length).toBeGreaterThan(700)
  })
})
