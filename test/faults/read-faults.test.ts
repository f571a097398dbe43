/** Faults as people write them: every text is read, written again, and refused with one clear message where it is none. */
import { describe, expect, test } from 'vitest'
import { readFaults } from '../../src/faults/read-faults.ts'

const good: [text: string, match: object, fault: object][] = [
  ['status=429', {}, { status: 429 }],
  ['model=gpt-4o,nth=2: status=429,retry-after=1', { model: 'gpt-4o', nth: 2 }, { status: 429, retryAfter: 1 }],
  ['model=ft:gpt-4o:acme: status=500', { model: 'ft:gpt-4o:acme' }, { status: 500 }],
  [
    'endpoint=POST /v1/messages,provider=anthropic,times=2: status=529',
    { endpoint: 'POST /v1/messages', provider: 'anthropic', times: 2 },
    { status: 529 }
  ],
  [
    'stream,chance=0.1,seed=3: status=429,code=insufficient_quota',
    { stream: true, chance: 0.1, seed: 3 },
    { status: 429, code: 'insufficient_quota' }
  ],
  ['stream=false,nth=1+3+4: delay-ms=500', { stream: false, nth: [1, 3, 4] }, { delayMs: 500 }],
  ['slow-ms=20', {}, { slowMs: 20 }],
  ['stall', {}, { stall: true }],
  ['stall,after-event=0', {}, { stall: true, afterEvent: 0 }],
  ['cut', {}, { cut: true }],
  ['cut,after-event=3', {}, { cut: true, afterEvent: 3 }],
  ['cut,inside-event=3', {}, { cut: true, insideEvent: 3 }],
  ['cut,inside-character', {}, { cut: true, insideCharacter: true }],
  ['cut,inside-character=2', {}, { cut: true, insideCharacter: 2 }],
  ['reset', {}, { reset: true }],
  ['reset,after-event=1', {}, { reset: true, afterEvent: 1 }],
  ['stream-error', {}, { streamError: true }],
  ['stream-error=api_error,after-event=2', {}, { streamError: 'api_error', afterEvent: 2 }],
  ['broken-tool-json', {}, { brokenToolJson: true }],
  ['broken-tool-json=garbled', {}, { brokenToolJson: 'garbled' }],
  [String.raw`model=a\,b\;c: stall`, { model: 'a,b;c' }, { stall: true }]
]

describe('a fault as text', () => {
  test.each(good)('%s', (text, match, fault) => {
    expect(readFaults(text)).toEqual([{ match, fault, text }])
    expect(readFaults([{ ...match, ...fault }])).toEqual([{ match, fault, text }])
  })

  test('takes spaces, ranges, and several with semicolons', () => {
    const read = readFaults(' model = gpt-4* , nth = 2-4+9 : status = 429 ; delay-ms=5;')
    expect(read.map(({ text }) => text)).toEqual(['model=gpt-4*,nth=2+3+4+9: status=429', 'delay-ms=5'])
  })
})

const bad: [value: unknown, message: RegExp][] = [
  ['', /names no fault/],
  [[], /names no fault/],
  [
    'model=gpt-4o',
    /does not say what goes wrong: one of delay-ms, status, stall, reset, cut, stream-error, slow-ms, broken-tool-json/
  ],
  ['status=200', /status: it is no error: write one from 400 to 599/],
  ['status=often', /status: it is no status of an error/],
  ['status=429,delay-ms=5', /says both delay-ms and status: make two faults of them/],
  ['status=429,after-event=2', /after-event is no field of such a fault/],
  ['modle=gpt-4o: status=429', /modle is no field of such a fault/],
  ['nth=0: status=429', /nth: write the number of a request, from 1/],
  ['nth=soon: status=429', /nth: write the number of a request, from 1/],
  ['nth=3-2: status=429', /nth: write the number of a request, from 1/],
  ['chance=2: status=429', /chance: it is more than 1/],
  ['provider=google: stall', /provider: it is openai, anthropic or generic/],
  ['cut,after-event=1,inside-event=2', /after-event and inside-event: an answer is cut once/],
  ['status=429,status=500', /says status twice/],
  ['=3: stall', /is no field of a fault/],
  ['stream-error=No Such', /stream-error: write the type of an error/],
  ['retry-after=1', /does not say what goes wrong/],
  [{ stall: false }, /stall: /],
  [['status=429', 17], /fault 2: it is neither text nor an object/],
  [17, /neither text nor an object/],
  ['sk-proj-0123456789abcdefghijklmnopqrstuvwxyz', /^what it begins with is no field of a fault\. Write/],
  ['stray words: stall', /^what it begins with is no field/]
]

describe('what is no fault', () => {
  test.each(bad)('%j', (value, message) => {
    expect(() => readFaults(value)).toThrow(message)
    expect(() => readFaults(value)).toThrow('Write it like model=gpt-4o,nth=2: status=429')
  })
})
