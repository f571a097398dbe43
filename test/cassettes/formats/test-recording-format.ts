/** What every format of other people's recordings must do: `testRecordingFormat(format, losses)`. */
import { describe, expect, it } from 'vitest'
import { RECORDING_FORMATS, readRecording, type Recording } from '../../../src/cassettes/formats/index.ts'
import type { ForeignExchange, RecordingFormat } from '../../../src/cassettes/formats/format.ts'
import type { Interaction } from '../../../src/cassettes/interaction.ts'
import { toBytes, type HeaderList } from '../../../src/http/message.ts'

const JSON_TYPE: HeaderList = [['content-type', 'application/json']]
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, index) => index)

type Part = Partial<Interaction['request'] & Interaction['response']>

function sample(request: Part, response: Part): Interaction {
  return {
    request: {
      method: 'POST',
      url: 'https://api.openai.com/v1/chat/completions?a=1&b=%20x',
      headers: JSON_TYPE,
      body: toBytes('{"model":"gpt-4o","n":1}'),
      ...request
    },
    response: { status: 200, headers: JSON_TYPE, body: toBytes('{"ok":true}'), timing: [], ...response },
    recorded: { at: '2026-11-24T09:00:00Z', ms: 352 }
  }
}

const answer = (text: string, type = 'text/plain; charset=utf-8'): Interaction =>
  sample({}, { headers: [['content-type', type]], body: toBytes(text) })

/** Bodies that some YAML, JSON or charset handling has broken somewhere. */
const SAMPLES: Readonly<Record<string, Interaction>> = {
  'plain JSON': sample({}, {}),
  'no bodies': sample(
    { method: 'GET', headers: [], body: new Uint8Array(0) },
    { status: 204, headers: [], body: new Uint8Array(0) }
  ),
  'JSON in the spacing of others': sample({ body: toBytes('{ "a" : 1.0,\n"a2": 1e5 }') }, { body: toBytes('[\n 1,\n 2\n]\n') }),
  'JSON with a key twice, and __proto__': sample({}, { body: toBytes('{"a":1,"a":2,"__proto__":{"x":1}}') }),
  'a JSON text, number, list and null': sample({ body: toBytes('"a"') }, { body: toBytes('null') }),
  'numbers that JavaScript rounds': sample({}, { body: toBytes('{"n":12345678901234567890,"m":1.50}') }),
  'events with LF': answer('event: a\ndata: {"x":1}\n\ndata: [DONE]\n\n', 'text/event-stream'),
  'events with CRLF, and no end': answer(': hi\r\n\r\ndata: a\r\n\r\ndata: b', 'text/event-stream'),
  'line ends of every kind': answer('a\rb\r\nc\n\n\n d \n\r'),
  'white space at every end': answer('  \n\t a \n   \n'),
  'words and numbers that YAML takes for others': sample(
    {
      headers: [
        ['content-type', 'text/plain'],
        ['x-a', 'yes'],
        ['x-b', '012'],
        ['x-c', '12:30'],
        ['x-d', '~']
      ],
      body: toBytes('null')
    },
    { headers: [['content-type', 'text/plain']], body: toBytes('0x1F') }
  ),
  'beyond ASCII, and what editors hide': answer('é 中 😀 \u0000\u0085\u2028\ufeff\u007f # : - "quoted" \\ \' *a &b !c'),
  'a document of YAML': answer('---\na: 1\n...\n--- |\n%YAML 1.1\n'),
  'a text that looks like hex': answer('abcdef0123'),
  'a text that looks like base64': answer('TWFu'),
  'every byte': sample(
    { headers: [['content-type', 'application/octet-stream']], body: EVERY_BYTE },
    { headers: [['content-type', 'audio/mpeg']], body: EVERY_BYTE }
  ),
  'headers that stand more than once, and odd names': sample(
    { headers: [...JSON_TYPE, ['x-many', 'a'], ['x-many', 'b']] },
    { headers: [...JSON_TYPE, ['x-many', 'a'], ['x-many', 'b'], ['__proto__', 'c'], ['1', 'd'], ['x-empty', '']] }
  ),
  'an error': sample({}, { status: 429, body: toBytes('{"error":{"message":"no"}}') })
}

/** What a reader may look at: everything that a replay needs. */
function essence({ request, response }: Interaction | ForeignExchange): object {
  const message = ({ headers, body }: { readonly headers: HeaderList; readonly body: Uint8Array }): object => ({
    // The order of different headers says nothing.
    headers: headers.map(([name, value]) => [name.toLowerCase(), value]).sort(([a], [b]) => (a! < b! ? -1 : a! > b! ? 1 : 0)),
    body: Buffer.from(body).toString('latin1')
  })
  return {
    method: request.method,
    url: request.url,
    status: response.status,
    request: message(request),
    response: message(response)
  }
}

export function readText(text: string): Recording {
  const recording = readRecording(toBytes(text))
  if (!recording) throw new Error('This is no recording.')
  return recording
}

export interface FormatLosses {
  /** Samples that the format cannot hold, by name. */
  readonly leftOut?: readonly string[]
  /** Whether the moment of a recording is kept. */
  readonly keepsMoment: boolean
}

/** The conformance suite: what is written is told by its content, and read back as it was, in its order. */
export function testRecordingFormat(format: RecordingFormat, { leftOut = [], keepsMoment }: FormatLosses): void {
  describe(`the format ${format.name}`, () => {
    const names = Object.keys(SAMPLES).filter((name) => !leftOut.includes(name))

    it.each(names)('gives back: %s', (name) => {
      const { text, leftOut: out } = format.write([SAMPLES[name]!], '1.2.3')
      expect(out).toEqual([])
      const read = readText(text)
      expect(read.leftOut).toEqual([])
      expect(read.exchanges.map(essence)).toEqual([essence(SAMPLES[name]!)])
    })

    it.each(leftOut)('says that it cannot hold: %s', (name) => {
      const { text, leftOut: out } = format.write([SAMPLES['plain JSON']!, SAMPLES[name]!, SAMPLES['an error']!], '1.2.3')
      expect(out).toEqual([{ index: 1, reason: expect.stringMatching(/\w/) as string }])
      expect(readText(text).exchanges.map(essence)).toEqual([SAMPLES['plain JSON']!, SAMPLES['an error']!].map(essence))
    })

    it('keeps order and repeats', () => {
      const polls = ['queued', 'queued', 'done', 'queued'].map((status) =>
        sample({}, { body: toBytes(`{"status":"${status}"}`) })
      )
      expect(readText(format.write(polls, '1.2.3').text).exchanges.map(essence)).toEqual(polls.map(essence))
    })

    it('is told by its content, by no other format, and writes one text for one cassette', () => {
      const all = names.map((name) => SAMPLES[name]!)
      const { text } = format.write(all, '1.2.3')
      expect(format.write(all, '1.2.3').text).toBe(text)
      const { format: told, exchanges } = readText(text)
      expect(told).toBe(format)
      expect(exchanges).toHaveLength(all.length)
    })

    it('knows where each exchange begins', () => {
      const { text } = format.write([SAMPLES['plain JSON']!, SAMPLES['an error']!], '1.2.3')
      const [first, second] = readText(text).exchanges
      expect(first!.line).toBeGreaterThan(0)
      expect(second!.line).toBeGreaterThan(first!.line)
      expect(second!.line).toBeLessThan(text.split('\n').length)
    })

    it(`${keepsMoment ? 'keeps' : 'cannot keep'} the moment of a recording`, () => {
      const [exchange] = readText(format.write([SAMPLES['plain JSON']!], '1.2.3').text).exchanges
      expect(Date.parse(exchange!.at ?? '')).toEqual(keepsMoment ? Date.UTC(2026, 10, 24, 9) : Number.NaN)
    })

    it('takes a moment that a person wrote wrong', () => {
      const odd = { ...SAMPLES['plain JSON']!, recorded: { at: 'yesterday', ms: 1 } }
      expect(readText(format.write([odd], '1.2.3').text).exchanges).toHaveLength(1)
    })

    it('has a name and an ending of its own', () => {
      expect(format.name).toMatch(/^[a-z-]+$/)
      expect(format.extension).toMatch(/^\.[a-z]+$/)
      expect(RECORDING_FORMATS.filter(({ name }) => name === format.name)).toEqual([format])
    })
  })
}
