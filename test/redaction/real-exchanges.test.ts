/** Every real exchange: redacted it is clean, the same when redacted again, and the same JSON but for its secrets. */
import { describe, expect, it } from 'vitest'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import { tryParseJson, type Json } from '../../src/http/json.ts'
import { toText, type HeaderList } from '../../src/http/message.ts'
import { splitSse } from '../../src/http/sse.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { realExchanges } from '../support/real-exchanges.ts'

interface RealBody {
  readonly id: string
  readonly type: string | undefined
  readonly bytes: Uint8Array
}

const exchanges = realExchanges()

const bodies: RealBody[] = exchanges.flatMap(({ id, request, response }) => [
  body(`${id} request`, request),
  body(`${id} answer`, response)
])

function body(id: string, { headers, body: bytes }: { readonly headers: HeaderList; readonly body: Uint8Array }): RealBody {
  return { id, type: getHeader(headers, 'content-type'), bytes: decodeBody(bytes, getHeader(headers, 'content-encoding'), 1e9) }
}

/** What must be in no redacted text. */
const SECRETS =
  /(?<![A-Za-z0-9-])org-[A-Za-z0-9]{16,}|(?<![A-Za-z0-9])proj_[A-Za-z0-9]{16,}|[?&;]sig=[^<&\s]|ice-pwd:[^<\s]|ice-ufrag:[^<\s]|\bek_[A-Za-z0-9]{16,}/

/** The value with each string as what kind of thing it is. */
function shapeOf(value: unknown): unknown {
  if (typeof value === 'string') return ''
  if (Array.isArray(value)) return value.map(shapeOf)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, shapeOf(child)]))
}

describe('every body of the real exchanges', () => {
  it('is there', () => {
    expect(bodies.length).toBeGreaterThan(200)
  })

  it('is clean once it is redacted, and the same when it is redacted again', () => {
    for (const { id, type, bytes } of bodies) {
      const redaction = createRedaction()
      const clean = redaction.body(bytes, type)
      expect(redaction.body(clean, type), id).toBe(clean)
      expect(createRedaction().body(clean, type), id).toBe(clean)
      const text = toText(clean)
      if (text === undefined) continue
      expect(redaction.scan(text), id).toEqual([])
      expect(SECRETS.exec(text)?.[0], id).toBeUndefined()
    }
  })

  it('keeps its structure, and every byte where it holds no secret', () => {
    let changed = 0
    for (const { id, type, bytes } of bodies) {
      const clean = createRedaction().body(bytes, type)
      if (clean === bytes) continue
      changed += 1
      const [before, after] = [toText(bytes)!, toText(clean)!]
      expect(after, id).toMatch(/<[a-z][a-z0-9-]*:\d+>/)
      expect(shapeOf(tryParseJson(after)), id).toEqual(shapeOf(tryParseJson(before)))
      expect(splitSse(after).length, id).toBe(splitSse(before).length)
      // What stays between the placeholders stood there before, in this order.
      let at = 0
      for (const kept of after.split(/<[a-z][a-z0-9-]*:\d+>/)) {
        const place = before.indexOf(kept, at)
        expect(place, id).toBeGreaterThanOrEqual(at)
        at = place + kept.length
      }
    }
    expect(changed).toBeGreaterThan(5)
    expect(changed).toBeLessThan(bodies.length / 4)
  })
})

describe('every header and address of the real exchanges', () => {
  it('that is parsed already is redacted alike, the first time and when all of it is known', () => {
    const [byText, byValue] = [createRedaction(), createRedaction()]
    for (const { id, bytes } of bodies) {
      const text = toText(bytes)
      const value = text === undefined ? undefined : tryParseJson(text)
      if (text === undefined || value === undefined) continue
      const clean = byText.text(text)
      for (const _time of [1, 2]) expect(byValue.json(text, value), id).toBe(clean)
    }
    const [text, name] = ['{"note":"Wuz8Jq2Lx5"}', '{"password":"Wuz8Jq2Lx5"}'] as const
    expect(byValue.json(text, JSON.parse(text) as Json)).toBe(text)
    expect(byValue.json(name, JSON.parse(name) as Json)).toBe('{"password":"<credential:1>"}')
    byValue.learn('Wuz8Jq2Lx5', 'api-key')
    expect(byValue.json(text, JSON.parse(text) as Json)).not.toContain('Wuz8Jq2Lx5')
  })

  it('is clean for a cassette and for the log', () => {
    for (const { id, request, response } of exchanges) {
      for (const audience of ['cassette', 'log'] as const) {
        for (const { headers } of [request, response]) {
          const redaction = createRedaction()
          const clean = redaction.headers(headers, audience)
          expect(SECRETS.exec(JSON.stringify(clean))?.[0], id).toBeUndefined()
          expect(redaction.headers(clean, audience), id).toEqual(clean)
          expect(redaction.scan(clean.map((pair) => pair.join(': ')).join('\n')), id).toEqual([])
        }
      }
      expect(SECRETS.exec(createRedaction().url(request.url))?.[0], id).toBeUndefined()
    }
  })
})
