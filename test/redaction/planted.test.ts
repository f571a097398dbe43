/** Keys of every kind, planted in every real exchange in every way: all are found by the scan, and all are gone once redacted. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { toBytes, toText } from '../../src/http/message.ts'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import { PERSONAL_KINDS, placeholdersIn } from '../../src/redaction/kinds.ts'
import { BUILT_IN, type RedactionPolicy } from '../../src/redaction/policy.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import type { Redaction } from '../../src/redaction/redactor.ts'
import { canary, CANARY_KINDS, findCanary } from '../support/canary.ts'
import { plantedBodies, plantedForm, SPLITTINGS, WRITINGS, type Planted } from '../support/planted.ts'
import { realExchanges } from '../support/real-exchanges.ts'
import { KINDS } from './samples.ts'

const exchanges = realExchanges()

function knowing(planted: readonly Pick<Planted, 'kind' | 'key'>[]): Redaction {
  const redaction = createRedaction()
  for (const { kind, key } of planted) if (kind === 'plain') redaction.learn(key, 'api-key')
  return redaction
}

const kindOf = ({ kind }: Pick<Planted, 'kind'>): string => (kind === 'plain' ? 'api-key' : KINDS[kind])

/** What a stream says when its pieces are joined. */
function said(stream: string): string {
  const pieces = stream.matchAll(/"(?:content|partial_json|arguments|delta)":"((?:[^"\\]|\\.)*)"/g)
  return Array.from(pieces, ([, piece]) => piece).join('')
}

/** What the exchanges hold indeed: see below. */
const TRUE_KINDS = new Set(['organization', 'project', 'url-signature', 'ice-user', 'ice-password'])

const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)

describe('keys that are planted in the 244 real exchanges', () => {
  it('are written in more than twenty ways', () => {
    expect(exchanges).toHaveLength(244)
    expect(Object.keys(WRITINGS).length + Object.keys(SPLITTINGS).length).toBeGreaterThan(30)
  })

  it('are each found by the scan, where they stand, and nothing else is', { timeout: 300_000 }, () => {
    const [tried, found] = [new Map<string, number>(), new Map<string, number>()]
    const [missed, alarms]: string[][] = [[], []]
    const covered = new Set<string>()
    for (const [turn, exchange] of exchanges.entries()) {
      for (const { id, original, text, planted } of plantedBodies(exchange, turn)) {
        covered.add(exchange.id)
        const redaction = knowing(planted)
        const [start, end] = [original.slice(0, 400), original.slice(-400)]
        const before = new Set(redaction.scan(`${start}\n\n${end}`).map(({ kind }) => kind))
        // Without a key nothing is found but the secrets that their owners left in it.
        alarms!.push(...[...before].filter((kind) => !TRUE_KINDS.has(kind)).map((kind) => `${id}: ${kind}`))
        // One by one, with some of what stands around it: what is found of one must not hide that another is not.
        for (const one of planted) {
          expect(text).toContain(one.line)
          const kinds = redaction.scan(`${start}\n\n${one.line}\n\n${end}`).map(({ kind }) => kind)
          count(tried, one.way)
          if (kinds.includes(kindOf(one)) && !before.has(kindOf(one))) count(found, one.way)
          else missed!.push(`${id}: ${one.way}, ${one.kind}`)
        }
      }
    }
    expect(missed).toEqual([])
    expect(alarms).toEqual([])
    // Every way of writing in every body that is text, every way of splitting in every stream.
    const inEach = (ways: object, times: number): object => Object.fromEntries(Object.keys(ways).map((way) => [way, times]))
    expect(Object.fromEntries(found)).toEqual({ ...inEach(WRITINGS, 473), ...inEach(SPLITTINGS, 51) })
    expect(found).toEqual(tried)
    expect([...found.values()].reduce((sum, times) => sum + times)).toBe(14_394)
    expect(covered.size).toBe(244)
  })

  it('are gone once the exchange is redacted, and nothing is left for the scan', { timeout: 300_000 }, () => {
    for (const [turn, exchange] of exchanges.entries()) {
      for (const { id, type, text, planted } of plantedBodies(exchange, turn)) {
        const redaction = knowing(planted)
        const clean = toText(redaction.body(toBytes(text), type))!
        for (const { way, key, kind } of planted) {
          expect(findCanary(clean, key), `${id}: ${way}, ${kind}`).toEqual([])
          const written = WRITINGS[way]?.(key) ?? SPLITTINGS[way]!(key)
          expect(findCanary(said(clean), key), `${id}: ${way}, ${kind}`).toEqual([])
          for (const form of [written, JSON.stringify(written).slice(1, -1)])
            expect(clean, `${id}: ${way}, ${kind}`).not.toContain(form)
        }
        expect(redaction.scan(clean), id).toEqual([])
      }
    }
  })

  it('are gone from headers, addresses, trailers, forms and packed files', () => {
    for (const kind of CANARY_KINDS) {
      const key = canary(kind, 'elsewhere')
      const redaction = knowing([{ kind, key }])
      const headers = redaction.headers(
        Object.values(WRITINGS).map((write) => ['x-request-id', write(key)]),
        'cassette'
      )
      expect(findCanary(JSON.stringify(headers), key), kind).toEqual([])
      expect(redaction.scan(JSON.stringify(headers)), kind).toEqual([])
      const url = redaction.url(`/v1/files/${key}?a=${encodeURIComponent(WRITINGS['base64']!(key))}&b=${key}`)
      expect(findCanary(url, key), kind).toEqual([])
      const form = plantedForm(key)
      expect(findCanary(redaction.body(form.bytes, form.type), key), kind).toEqual([])
      const packed = new Uint8Array(gzipSync(`some text with ${key} in it`))
      expect(Buffer.from(redaction.body(packed, 'application/gzip')).toString(), kind).toMatch(/^<encoded-[a-z-]+:\d+>$/)
      expect(redaction.scan(Buffer.from(packed).toString('latin1')), kind).toEqual([
        { kind: kindOf({ kind }), line: 1, encoding: 'packed' }
      ])
    }
  })
})

/** What is secret in them indeed, by what stands before it: ids of organisations and projects, signatures of addresses, credentials of WebRTC. */
const TRUE_SECRETS =
  /(?:\borg-[A-Za-z0-9]{16,}|\bproj_[A-Za-z0-9]{16,}|[?&;]sig=[^"&\s]+|\bice-pwd:\S+|\bice-ufrag:\S+|\bufrag \S+)/g

describe('the real exchanges as they are', () => {
  it('raise no false alarm: each finding is a secret that its owner left in it', { timeout: 120_000 }, () => {
    const alarms = new Map<string, number>()
    for (const { id, request, response } of exchanges) {
      for (const { headers, body } of [request, response]) {
        const text = toText(decodeBody(body, getHeader(headers, 'content-encoding'), 1e9)) ?? ''
        const whole = [request.url, ...headers.map((pair) => pair.join(': ')), text].join('\n')
        const redaction = createRedaction()
        for (const { kind } of redaction.scan(whole)) alarms.set(kind, (alarms.get(kind) ?? 0) + 1)
        // Without the secrets that are known to be in it, nothing is found.
        expect(redaction.scan(whole.replaceAll(TRUE_SECRETS, '')), id).toEqual([])
      }
    }
    expect(Object.fromEntries(alarms)).toEqual({
      organization: 9,
      project: 96,
      'url-signature': 8,
      'ice-user': 28,
      'ice-password': 10
    })
  })

  it('hold so much personal data, and are clean of it once it is redacted', { timeout: 120_000 }, () => {
    const found = new Map<string, number>()
    const policy: RedactionPolicy = { ...BUILT_IN, personal: PERSONAL_KINDS }
    for (const { id, request, response } of exchanges) {
      for (const { headers, body } of [request, response]) {
        const bytes = decodeBody(body, getHeader(headers, 'content-encoding'), 1e9)
        const redaction = createRedaction({ policy })
        const clean = redaction.body(bytes, getHeader(headers, 'content-type'))
        for (const { kind } of placeholdersIn(toText(clean) ?? ''))
          if ((PERSONAL_KINDS as readonly string[]).includes(kind)) {
            found.set(kind, (found.get(kind) ?? 0) + 1)
          }
        if (toText(clean) !== undefined) expect(redaction.scan(toText(clean)!), id).toEqual([])
        expect(redaction.body(clean, getHeader(headers, 'content-type')), id).toBe(clean)
      }
    }
    // Addresses in WebRTC's offers, which are what they look like; the other kinds raise no alarm at all.
    expect(Object.fromEntries(found)).toEqual({ ip: 21 })
  })
})
