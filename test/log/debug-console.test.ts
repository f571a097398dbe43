/** The debug console: everything a person wants to see, as it happens, and no secret. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HeaderList } from '../../src/http/message.ts'
import { createDebugConsole } from '../../src/log/debug-console.ts'
import type { Watcher } from '../../src/pipeline/ports.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { canary, CANARY_KINDS, findCanary } from '../support/canary.ts'
import { realExchanges } from '../support/real-exchanges.ts'
import { JSON_HEADERS, SSE_HEADERS } from './make-exchange.ts'

interface Seen {
  readonly watcher: Watcher
  /** What was written so far. */
  readonly text: () => string
}

function watch(color = false, learned: readonly string[] = []): Seen {
  const redaction = createRedaction()
  for (const secret of learned) redaction.learn(secret, 'api-key')
  const written: string[] = []
  let time = 0
  const watcher = createDebugConsole({ write: (text) => written.push(text), redaction, color, now: () => (time += 100) })
  return { watcher, text: () => written.join('') }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function opened(watcher: Watcher, id: string, body: string | Uint8Array, headers: HeaderList = JSON_HEADERS): void {
  const request = { method: 'POST', url: '/v1/chat/completions', headers, body: typeof body === 'string' ? bytes(body) : body }
  watcher.opened({ id, request, provider: 'openai', path: '/v1/chat/completions' })
}

function answered(watcher: Watcher, id: string, headers: HeaderList, status = 200): void {
  watcher.answered({ id, source: 'upstream', response: { status, headers } })
}

describe('the debug console', () => {
  it('shows an exchange as a person reads it', () => {
    const { watcher, text } = watch()
    opened(watcher, 'ex_0123456789abcdef', '{"model":"gpt-4o"}', [...JSON_HEADERS, ['X-Note', 'a']])
    answered(watcher, 'ex_0123456789abcdef', JSON_HEADERS)
    for (const part of ['{"id":', '"x"}']) watcher.chunk({ id: 'ex_0123456789abcdef', bytes: bytes(part) })
    watcher.ended({ id: 'ex_0123456789abcdef', error: undefined })
    expect(text()).toBe(
      [
        'abcdef → POST /v1/chat/completions openai',
        'abcdef   content-type: application/json',
        'abcdef   X-Note: a',
        'abcdef {',
        'abcdef   "model": "gpt-4o"',
        'abcdef }',
        'abcdef ← 200 upstream 100 ms',
        'abcdef   content-type: application/json',
        'abcdef {',
        'abcdef   "id": "x"',
        'abcdef }',
        'abcdef ■ 200 ms, 10 bytes',
        ''
      ].join('\n')
    )
  })

  it('shows events of a stream before it ends, one line each', () => {
    const { watcher, text } = watch()
    opened(watcher, 'ex_aaaaaa', '')
    answered(watcher, 'ex_aaaaaa', SSE_HEADERS)
    const lines = [
      'data: {"choices":[{"delta":{"content":"Hi"}}]}',
      'data: {"choices":[{"delta":{"content":" there"}}]}',
      'data: {"choices":[{"delta":{"content":" you."}}]}'
    ]
    const stream = bytes(lines.map((line) => `${line}\r\n\r\n`).join(''))
    watcher.chunk({ id: 'ex_aaaaaa', bytes: stream.subarray(0, 30) })
    expect(text()).not.toContain('data:')
    watcher.chunk({ id: 'ex_aaaaaa', bytes: stream.subarray(30) })
    expect(text()).toContain(`aaaaaa ${lines[0]}\n`)
    expect(text()).toContain(`aaaaaa ${lines[1]}\n`)
    watcher.chunk({ id: 'ex_aaaaaa', bytes: bytes('data: [DONE]') })
    watcher.ended({ id: 'ex_aaaaaa', error: undefined })
    expect(text()).toContain(`aaaaaa ${lines[2]}\n`)
    expect(text()).toContain('aaaaaa data: [DONE]\n')
    expect(
      text()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('aaaaaa '))
    ).toEqual([])
  })

  it('keeps exchanges apart that happen at once', () => {
    const { watcher, text } = watch()
    for (const id of ['ex_111111', 'ex_222222']) {
      opened(watcher, id, '')
      answered(watcher, id, SSE_HEADERS)
    }
    for (let turn = 0; turn < 3; turn += 1) {
      for (const id of ['ex_111111', 'ex_222222']) watcher.chunk({ id, bytes: bytes(`data: ${id} ${turn}\n\n`) })
    }
    for (const id of ['111111', '222222']) {
      watcher.ended({ id: `ex_${id}`, error: undefined })
      const own = text()
        .split('\n')
        .filter((line) => line.startsWith(id) && line.includes('data:'))
      expect(own).toEqual([0, 1, 2].map((turn) => `${id} data: ex_${id} ${turn}`))
    }
  })

  it('tells of errors, and of answers to requests that it never saw begin', () => {
    const { watcher, text } = watch()
    answered(watcher, 'ex_999999', JSON_HEADERS, 400)
    const message = 'The body is not valid JSON.\nMend it.'
    watcher.ended({
      id: 'ex_999999',
      error: { status: 400, type: 't', code: 'invalid_json', message, param: null, retry: false }
    })
    expect(text()).toContain('999999 ← 400 upstream')
    expect(text()).toContain('999999 ✗ invalid_json The body is not valid JSON.\n999999 Mend it.\n')
  })

  it('decodes what is compressed, and tells the size of what is no text', () => {
    const { watcher, text } = watch()
    opened(watcher, 'ex_bbbbbb', gzipSync('{"zipped":true}'), [...JSON_HEADERS, ['content-encoding', 'gzip']])
    answered(watcher, 'ex_bbbbbb', [['content-type', 'image/png']])
    watcher.chunk({ id: 'ex_bbbbbb', bytes: new Uint8Array(3 * 1024 * 1024) })
    watcher.ended({ id: 'ex_bbbbbb', error: undefined })
    expect(text()).toContain('"zipped": true')
    expect(text()).toContain(`[${3 * 1024 * 1024} bytes image/png]`)
  })

  it('has colours only where they are wanted', () => {
    for (const color of [true, false]) {
      const { watcher, text } = watch(color)
      opened(watcher, 'ex_cccccc', '{}')
      answered(watcher, 'ex_cccccc', JSON_HEADERS, 500)
      watcher.ended({ id: 'ex_cccccc', error: undefined })
      expect(text().includes('\u001b[')).toBe(color)
    }
  })

  it('lets no body and no header steer the terminal', () => {
    const evil = '\u001b[2J\u001b]0;title\u0007\u009b31m\rover'
    const { watcher, text } = watch()
    opened(watcher, 'ex_dddddd', evil, [
      ['content-type', 'text/plain'],
      ['x-evil', evil]
    ])
    answered(watcher, 'ex_dddddd', SSE_HEADERS)
    watcher.chunk({ id: 'ex_dddddd', bytes: bytes(`data: ${evil}\n\n`) })
    watcher.ended({ id: 'ex_dddddd', error: { status: 500, type: 't', code: 'c', message: evil, param: null, retry: false } })
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(text()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    expect(text().match(/\\x1b\[2J/g)).toHaveLength(4)
  })

  it('never throws into an exchange', () => {
    const lines: string[] = []
    const broken = {
      ...createRedaction(),
      headers: () => {
        throw new TypeError(canary('openai'))
      }
    }
    const watcher = createDebugConsole({ write: (text) => lines.push(text), redaction: broken, color: false })
    opened(watcher, 'ex_eeeeee', '{}')
    watcher.ended({ id: 'ex_eeeeee', error: undefined })
    expect(lines.join('')).toContain('the debug console cannot show ex_eeeeee (TypeError)')
    expect(lines.join('')).not.toContain(canary('openai').slice(0, 12))
  })
})

describe('secrets', () => {
  it.each(CANARY_KINDS)('of kind %s are not shown: headers, bodies, errors, streams split anywhere', (kind) => {
    const key = canary(kind)
    const { watcher, text } = watch(false, kind === 'plain' ? [key] : [])
    opened(watcher, 'ex_1', JSON.stringify({ a: [key], b: `x ${key}` }), [
      ...JSON_HEADERS,
      ['Authorization', `Bearer ${key}`],
      ['X-Note', key]
    ])
    answered(watcher, 'ex_1', SSE_HEADERS)
    const pieces = [
      'the key is ',
      key.slice(0, 3),
      key.slice(3, Math.floor(key.length / 2)),
      key.slice(Math.floor(key.length / 2)),
      ', yes'
    ]
    const events = pieces
      .map((content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
      .join('')
    for (let at = 0; at < events.length; at += 11) watcher.chunk({ id: 'ex_1', bytes: bytes(events.slice(at, at + 11)) })
    watcher.ended({
      id: 'ex_1',
      error: { status: 401, type: 't', code: 'c', message: `Wrong key ${key}`, param: null, retry: false }
    })
    expect(findCanary(text(), key)).toEqual([])
    expect(text()).toContain('the key is ')
    expect(text()).toContain(', yes')
  })

  it('that are split over deltas are hidden, wherever they are cut', () => {
    const key = canary('openaiProject')
    const cuts = fc
      .array(fc.nat({ max: key.length }), { maxLength: 12 })
      .map((found) => [0, ...found.toSorted((a, b) => a - b), key.length])
    fc.assert(
      fc.property(
        cuts,
        fc.constantFrom('chat', 'anthropic', 'responses'),
        fc.integer({ min: 1, max: 400 }),
        (places, dialect, step) => {
          const { watcher, text } = watch()
          const event = (content: string): unknown => {
            if (dialect === 'chat') return { choices: [{ index: 0, delta: { content } }] }
            if (dialect === 'anthropic')
              return { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: content } }
            return { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: content }
          }
          const pieces = ['key: ', ...places.slice(1).map((end, index) => key.slice(places[index], end)), ' ok']
          const stream = pieces.map((piece) => `data: ${JSON.stringify(event(piece))}\n\n`).join('')
          answered(watcher, 'ex_1', SSE_HEADERS)
          for (let at = 0; at < stream.length; at += step)
            watcher.chunk({ id: 'ex_1', bytes: bytes(stream.slice(at, at + step)) })
          watcher.ended({ id: 'ex_1', error: undefined })
          expect(findCanary(text(), key)).toEqual([])
        }
      )
    )
  })
})

describe('real exchanges', () => {
  it('are shown whole: every event of every stream, in order', () => {
    const streams = realExchanges().filter(({ response }) =>
      response.headers.some(([, value]) => value.startsWith('text/event-stream'))
    )
    expect(streams.length).toBeGreaterThan(10)
    for (const { id, response } of streams) {
      const { watcher, text } = watch()
      answered(watcher, 'ex_1', SSE_HEADERS)
      for (let at = 0; at < response.body.byteLength; at += 100)
        watcher.chunk({ id: 'ex_1', bytes: response.body.subarray(at, at + 100) })
      watcher.ended({ id: 'ex_1', error: undefined })
      const shown = text()
        .split('\n')
        .filter((line) => line.startsWith('1 data:') || line.startsWith('1 event:'))
      const sent = Buffer.from(response.body)
        .toString()
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:') || line.startsWith('event:'))
      expect(shown, id).toHaveLength(sent.length)
    }
  })
})
