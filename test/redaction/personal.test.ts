/** Personal data: what each redactor finds, what it leaves, and that one datum is one placeholder however it is written. */
import { describe, expect, it } from 'vitest'
import { toBytes, toText } from '../../src/http/message.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { PERSONAL_KINDS } from '../../src/redaction/kinds.ts'
import { createPersonNames, PERSONAL } from '../../src/redaction/personal/index.ts'
import { BUILT_IN } from '../../src/redaction/policy.ts'
import type { Redaction } from '../../src/redaction/redactor.ts'
import { testRedactor } from './test-redactor.ts'

const DATES = '2026-11-24T09:00:00+01:00, 24.12.2026, 12:30:45, 2026-11-24 09:00:00.123456, 1732438800000000000, 1764028800'
const CODE = 'std::vector<int> a::b dead::beef; x = y @ z; @app.route("/") user@host:~$ {{a@b}} import a from "@scope/pkg@1.2.3"'

testRedactor(PERSONAL.email, {
  secrets: [
    'ada@example.com',
    'Ada.Lovelace+news@mail.example.co.uk',
    "o'neill_1@example.org",
    'jürgen@müller.example',
    'a@b.de'
  ].map((text) => ['email', text] as const),
  harmless: [
    DATES,
    CODE,
    'git@github.com:owner/repo.git',
    'a@b',
    '@example.com',
    'ada@',
    'ada@example',
    'ada@-x.com',
    'a @ b.com'
  ]
})
testRedactor(PERSONAL.phone, {
  secrets: [
    '+49 30 1234567',
    '+1 (415) 555-2671',
    '+14155552671',
    '0049 30 901820-11',
    '(415) 555-2671',
    '415-555-2671',
    '1-415-555-2671',
    '+44 20 7946 0958'
  ].map((text) => ['phone', text] as const),
  harmless: [
    DATES,
    CODE,
    '+1 415 555',
    '+0123456789',
    'a+12345678',
    '1e+1234567',
    '123-456-7890',
    '555-2671',
    '+12345678901234567890',
    '4111 1111 1111 1111'
  ]
})
testRedactor(PERSONAL.card, {
  secrets: [
    '4111111111111111',
    '4111 1111 1111 1111',
    '5555-5555-5555-4444',
    '378282246310005',
    '3782 822463 10005',
    '6011111111111117',
    '30569309025904'
  ].map((text) => ['card', text] as const),
  harmless: [
    DATES,
    CODE,
    '4111111111111112',
    '1234567812345670',
    '41111111111111111111111',
    '0.4111111111111111',
    'id_4111111111111111',
    '4111 1111-1111 1111'
  ]
})
testRedactor(PERSONAL.iban, {
  secrets: [
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'GB29 NWBK 6016 1331 9268 19',
    'NO9386011117947',
    'FR1420041010050500013M02606'
  ].map((text) => ['iban', text] as const),
  harmless: [
    DATES,
    CODE,
    'DE89370400440532013001',
    'XX89370400440532013000',
    'DE8937040044053201300',
    'DE893704004405320130000',
    'AB12 CDEF'
  ]
})
testRedactor(PERSONAL.ip, {
  secrets: [
    '192.168.1.17',
    '8.8.8.8',
    '2001:db8::8a2e:370:7334',
    'fe80::1',
    '2001:0db8:0000:0000:0000:8a2e:0370:7334',
    '::ffff:203.0.113.9'
  ].map((text) => ['ip', text] as const),
  harmless: [
    DATES,
    CODE,
    '127.0.0.1',
    '0.0.0.0',
    '::1',
    'Chrome/131.0.0.0',
    'v1.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    'a::b',
    '12:30:45:10'
  ]
})
testRedactor(createPersonNames(['Ada Lovelace', 'José', 'Li', 'Ann-Marie (Smith)']), {
  secrets: ['Ada Lovelace', 'ADA  lovelace', 'José'.normalize('NFD'), 'josé', 'Li', 'ann-marie (smith)'].map(
    (text) => ['person-name', text] as const
  ),
  harmless: ['Adam Lovelaces Ada-Lovelace', 'Josephine', 'Liam, Lithium, _Li_, Wèi', 'ann marie smith', DATES, CODE]
})

function redactionOf(policy: Partial<typeof BUILT_IN>): Redaction {
  return createRedaction({ policy: { ...BUILT_IN, ...policy } })
}

function json(redaction: Redaction, value: unknown): unknown {
  return JSON.parse(toText(redaction.body(toBytes(JSON.stringify(value)), 'application/json'))!)
}

describe('personal data', () => {
  const all = (): Redaction => redactionOf({ personal: PERSONAL_KINDS, names: ['Ada Lovelace'] })

  it('is only looked for where it is asked for', () => {
    const text = 'Ada Lovelace, ada@example.com, +49 30 1234567, 4111 1111 1111 1111, DE89370400440532013000, 8.8.8.8'
    expect(createRedaction().text(text)).toBe(text)
    expect(redactionOf({ personal: ['email'] }).text(text)).toBe(text.replace('ada@example.com', '<email:1>'))
    expect(all().text(text)).toBe('<person-name:1>, <email:1>, <phone:1>, <card:1>, <iban:1>, <ip:1>')
  })

  it('has one placeholder however it is spaced and written', () => {
    expect(all().text('4111 1111 1111 1111 = 4111-1111-1111-1111 = 4111111111111111 <> 5555555555554444')).toBe(
      '<card:1> = <card:1> = <card:1> <> <card:2>'
    )
    expect(all().text('+1 415 555 2671, (415) 555-2671, 415-555-2671, +49 (0)30 123456, +49 30 123456')).toBe(
      '<phone:1>, <phone:1>, <phone:1>, <phone:2>, <phone:2>'
    )
    expect(all().text('DE89 3704 0044 0532 0130 00 DE89370400440532013000')).toBe('<iban:1> <iban:1>')
    expect(all().text('ADA LOVELACE and Ada Lovelace, ada\n lovelace')).toBe(
      '<person-name:1> and <person-name:1>, <person-name:1>'
    )
  })

  it('is found in JSON numbers, which become strings; at any depth of JSON in JSON', () => {
    expect(json(all(), { card: 4111111111111111, id: 1764028800, price: 12.5, list: [4111111111111111] })).toEqual({
      card: '<card:1>',
      id: 1764028800,
      price: 12.5,
      list: ['<card:1>']
    })
    const nested = JSON.stringify({ a: JSON.stringify({ card: 4111111111111111 }) })
    expect(JSON.parse((json(all(), { nested }) as { nested: string }).nested)).toEqual({ a: '{"card":"<card:1>"}' })
  })

  it('is found under escapes and in base64 of a text, and not in base64 of bytes', () => {
    const redaction = all()
    const base64 = Buffer.from('Dear ada@example.com, how are you?').toString('base64')
    const wide = Buffer.from('Dear Ada Lovelace', 'utf16le').toString('base64')
    expect(json(redaction, { a: 'mail%3Aada%40example.com', b: base64, c: wide, d: 'ada&#64;example.com' })).toEqual({
      a: 'mail%3A<email:1>',
      b: '<encoded-email:1>',
      c: '<encoded-person-name:1>',
      d: '<email:1>'
    })
    const image = new Uint8Array(Array.from({ length: 60_000 }, (_, at) => (at * 7919 + (at >> 3) * 31 + (at >> 7)) & 255))
    expect(redaction.body(image, 'image/png')).toBe(image)
    const data = toBytes(JSON.stringify({ data: Buffer.from(image).toString('base64') }))
    expect(redaction.body(data, 'application/json')).toBe(data)
  })

  it('split over the events of a stream is taken out of each piece', () => {
    const said = 'Write to ada@example.com or call +49 30 1234567 (Ada Lovelace), card 4111 1111 1111 1111.'
    for (const size of [1, 3, 7]) {
      const events = said
        .match(new RegExp(`.{1,${size}}`, 'g'))!
        .map((content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
      const clean = toText(all().body(toBytes(events.join('')), 'text/event-stream'))!
      const joined = Array.from(clean.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g), ([, piece]) => piece).join('')
      expect(joined).toBe('Write to <email:1> or call <phone:1> (<person-name:1>), card <card:1>.')
    }
  })

  it('is found by the scan, with its line', () => {
    const text = 'a\nto: ada@example.com\ncard: 4111 1111 1111 1111\n'
    expect(all().scan(text)).toEqual([
      { kind: 'email', line: 2, encoding: 'plain' },
      { kind: 'card', line: 3, encoding: 'plain' }
    ])
    expect(createRedaction().scan(text)).toEqual([])
  })
})
