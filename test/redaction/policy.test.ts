/** What a user sets: fields, headers, values, patterns, redactors of their own; and that one which fails stops everything. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createPatternRedactor } from '../../src/config/linear-pattern.ts'
import { toBytes, toText } from '../../src/http/message.ts'
import { createEventStreamRedactor, createRedaction } from '../../src/redaction/index.ts'
import { isWithin, readFieldPath } from '../../src/redaction/field-path.ts'
import { toKind, withoutNumbers } from '../../src/redaction/kinds.ts'
import {
  cleanOrWithheld,
  defineRedactor,
  fromOwnRedactor,
  RedactionError,
  type OwnFinding
} from '../../src/redaction/own-redactor.ts'
import { BUILT_IN, POLICY_VERSION, type RedactionPolicy } from '../../src/redaction/policy.ts'
import type { Redaction } from '../../src/redaction/redactor.ts'
import { SHAPES } from '../../src/redaction/secret-shapes.data.ts'
import { canary } from '../support/canary.ts'

function redactionOf(policy: Partial<RedactionPolicy>): Redaction {
  return createRedaction({ policy: { ...BUILT_IN, ...policy } })
}

function body(redaction: Redaction, text: string, type = 'application/json'): string {
  return toText(redaction.body(toBytes(text), type))!
}

const json = (redaction: Redaction, value: unknown): unknown => JSON.parse(body(redaction, JSON.stringify(value)))

/** Finds every `C-` with digits, as a program would. */
const customers = fromOwnRedactor(
  defineRedactor({
    name: 'customer',
    *find(text) {
      for (const { 0: match, index } of text.matchAll(/C-\d{4}/g)) yield { start: index, end: index + match.length }
    }
  })
)

const chat = (pieces: readonly string[]): string =>
  pieces.map((content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`).join('')

describe('fields', () => {
  it('fit wherever a path ends so, with everything below them', () => {
    const redaction = redactionOf({ fields: ['metadata.user_id', 'user'] })
    expect(
      json(redaction, {
        metadata: { user_id: 'u-1', other: 'x' },
        user_id: 'stays',
        response: { metadata: { user_id: 'u-1' }, user: { name: 'Ada', tags: ['a', 'b'] } },
        user: ['u-2']
      })
    ).toEqual({
      metadata: { user_id: '<secret-user-id:1>', other: 'x' },
      user_id: 'stays',
      response: {
        metadata: { user_id: '<secret-user-id:1>' },
        user: { name: '<secret-user:1>', tags: ['<secret-user:2>', '<secret-user:3>'] }
      },
      user: ['<secret-user:4>']
    })
  })

  it('may be numbers, which become strings', () => {
    expect(json(redactionOf({ fields: ['id'] }), { id: 7, list: [{ id: -1.5e3 }, { id: true }], a: 7 })).toEqual({
      id: '<secret-id:1>',
      list: [{ id: '<secret-id:2>' }, { id: true }],
      a: 7
    })
    expect(body(redactionOf({ fields: ['id'] }), JSON.stringify({ a: '{"id":7}' }))).toBe(
      JSON.stringify({ a: '{"id":"<secret-id:1>"}' })
    )
  })

  it('are those of forms, multipart forms, queries and streamed arguments too', () => {
    const redaction = redactionOf({ fields: ['user'] })
    expect(redaction.url('/v1/x?user=ada&b=1')).toBe('/v1/x?user=<secret-user:1>&b=1')
    expect(body(redaction, 'user=ada&b=1', 'application/x-www-form-urlencoded')).toBe('user=<secret-user:1>&b=1')
    const form = (value: string): string => `--b\r\nContent-Disposition: form-data; name="user"\r\n\r\n${value}\r\n--b--\r\n`
    expect(body(redaction, form('ada'), 'multipart/form-data; boundary=b')).toBe(form('<secret-user:1>'))
    const said = (text: string): string =>
      Array.from(text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g), ([, piece]) => JSON.parse(`"${piece}"`) as string).join('')
    const pieces = '{"city": "x", "user": "ada", "n": 1}'.match(/.{1,3}/g)!
    expect(said(body(redaction, chat(pieces), 'text/event-stream'))).toBe('{"city": "x", "user": "<secret-user:1>", "n": 1}')
    const watched = createEventStreamRedactor(redactionOf({ fields: ['user'] }))
    expect(said(watched.push(chat(pieces)) + watched.flush())).toBe('{"city": "x", "user": "<secret-user:1>", "n": 1}')
  })

  it.each([
    ['a', ['a'], true],
    ['a', ['x', 'a', 'b', 0], true],
    ['a.b', ['a', 'x', 'b'], false],
    ['a.b', ['a', 3, 'b'], true],
    ['a[3].b', ['a', 2, 'b'], false],
    ['a[*].b', ['a', 2, 'b'], true],
    ['a.*.b', ['a', 'x', 'b'], true],
    ['a.**.b', ['a', 'x', 'y', 'b'], true],
    ['a.**.b', ['a', 'b'], true],
    ['$.a', ['a'], true],
    ['$.a', ['', 'a'], true],
    ['$.a', ['x', 'a'], false],
    ['$[0].a', ['', 0, 'a'], true],
    ['["a.b"]', ['a.b'], true],
    ['**.a', ['x', 'a'], true]
  ] as const)('%s fits %j: %s', (path, where, fits) => {
    expect(isWithin(where, readFieldPath(path))).toBe(fits)
  })

  it.each(['', '*', '**', 'a.**', '$', 'a b', '[', 'a..b', '**.a.**.b.**.c'])('%j is refused', (path) => {
    expect(() => readFieldPath(path)).toThrow(/path of a field|names no field|more than twice/)
  })

  it('tell a value that is then found everywhere, where it is unlike words', () => {
    const secret = 'Zx9' + 'q7Kp2'.repeat(4)
    const redaction = createRedaction()
    expect(
      json(redaction, { a: `see /v1/items/${secret}`, client_secret: secret, b: Buffer.from(secret).toString('base64') })
    ).toEqual({
      a: 'see /v1/items/<credential:1>',
      client_secret: '<credential:1>',
      b: '<credential:1>'
    })
    expect(redaction.url(`/v1/items/${secret}`)).toBe('/v1/items/<credential:1>')
    expect(redaction.scan(`x: ${secret}`)).toEqual([{ kind: 'credential', line: 1, encoding: 'plain' }])
    expect(json(createRedaction(), { password: 'correct', a: 'correct' })).toEqual({ password: '<credential:1>', a: 'correct' })
  })
})

describe('headers', () => {
  it('of a user are secret by name, or kept by name', () => {
    const redaction = redactionOf({ headers: ['X-Tenant-*'], keepHeaders: ['x-experiment', 'x-tenant-id'] })
    const headers = [
      ['X-Tenant-Id', 'acme'],
      ['x-experiment', 'blue'],
      ['x-other', '1'],
      ['x-request-id', 'req_1']
    ] as const
    expect(redaction.headers(headers, 'log')).toEqual([['X-Tenant-Id', '<secret-x-tenant-id:1>'], ...headers.slice(1)])
    expect(redaction.headers(headers, 'cassette')).toEqual([
      ['X-Tenant-Id', '<secret-x-tenant-id:1>'],
      ['x-experiment', 'blue'],
      ['x-request-id', 'req_1']
    ])
    expect(
      redactionOf({ keepHeaders: ['authorization'] }).headers([['authorization', `Bearer ${canary('openai')}`]], 'cassette')
    ).toEqual([['authorization', 'Bearer <openai-key:1>']])
  })
})

describe('values', () => {
  it('are found in every form, words too', () => {
    const redaction = redactionOf({ values: ['projectx', 'hunter2 "ü"'] })
    expect(
      body(redaction, JSON.stringify({ a: 'on projectx', b: 'hunter2 "ü"', c: Buffer.from('hunter2 "ü"').toString('hex') }))
    ).toBe('{"a":"on <secret:1>","b":"<secret:2>","c":"<secret:2>"}')
  })
})

describe('patterns', () => {
  const pattern = (given: unknown): Redaction => redactionOf({ patterns: [createPatternRedactor(given)] })

  it('are found in bodies, streams, headers, addresses and by the scan', () => {
    const redaction = pattern({ name: 'customer', pattern: 'C-[0-9]{4}' })
    expect(json(redaction, { a: 'C-1234 and C-12', b: ['\nC-9999'], 'C-1234': 1 })).toEqual({
      a: '<secret-customer:1> and C-12',
      b: ['\n<secret-customer:2>'],
      '<secret-customer:1>': 1
    })
    expect(redaction.url('/v1/C-1234?q=%43-1234')).toBe('/v1/<secret-customer:1>?q=<secret-customer:1>')
    expect(redaction.headers([['x-request-id', 'C-1234']], 'cassette')).toEqual([['x-request-id', '<secret-customer:1>']])
    expect(redaction.scan('a\nb: C-4444')).toEqual([{ kind: 'secret-customer', line: 2, encoding: 'plain' }])
    expect(redaction.scan(`a: ${Buffer.from('id: C-4444').toString('base64')}`)).toEqual([
      { kind: 'secret-customer', line: 1, encoding: 'base64' }
    ])
  })

  it('may be a RegExp, with its flags', () => {
    expect(pattern(/acme-\d+/i).text('ACME-12 acme-3')).toBe('<secret-pattern:1> <secret-pattern:2>')
    expect(pattern({ name: 'x', pattern: /^k:.*$/m }).text('a\nk: secret\nb')).toBe('a\n<secret-x:1>\nb')
    expect(pattern('[\\p{Lu}]{3}\\u{1F600}').text('a ÄÖÜ😀')).toBe('a <secret-pattern:1>')
  })

  it.each([
    ['(a)\\1'],
    ['(?=a)b'],
    ['(?<!a)b'],
    ['('],
    ['a*'],
    ['^'],
    [''],
    [7],
    [{ pattern: 'a', name: 'No' }],
    [{}],
    [new RegExp('a', 'v')]
  ])('that cannot be run, or would be found everywhere, are refused: %j', (given) => {
    expect(() => createPatternRedactor(given)).toThrow(/is no |cannot be run|fits an empty|no good name|flag v/)
  })

  it('never say in a message what they look for', () => {
    for (const wrong of ['sk-very-secret(', '(sk-very-secret)\\1'])
      expect(() => createPatternRedactor(wrong)).toThrow(/^(?!.*very).*$/s)
  })

  it('run in linear time, however they are written', () => {
    const evil = createPatternRedactor('(x+x+)+y')
    expect([...evil.find('x'.repeat(300_000))]).toEqual([])
  })

  it('find nothing in placeholders, so that redacting again changes nothing', () => {
    const redaction = redactionOf({
      patterns: ['[a-z-]+:\\d+', 'user=\\S+', 'key'].map((given) => createPatternRedactor(given)),
      names: ['Key']
    })
    const once = redaction.text(`user=${canary('openai')} a-b:12 ${canary('anthropic')} key`)
    expect(redaction.text(once)).toBe(once)
    expect(once).toContain('<anthropic-key:1>')
    expect(redaction.scan(once)).toEqual([])
  })
})

describe('redactors of a user', () => {
  it('are asked about joined text: a secret over deltas is taken out of each piece', () => {
    const said = 'Customer C-1234 is here.'
    for (let cut = 1; cut < said.length; cut += 1) {
      const clean = body(
        redactionOf({ redactors: [customers] }),
        chat([said.slice(0, cut), said.slice(cut)]),
        'text/event-stream'
      )
      expect(Array.from(clean.matchAll(/"content":"([^"]*)"/g), ([, piece]) => piece).join(''), String(cut)).toBe(
        'Customer <secret-customer:1> is here.'
      )
    }
    const escaped = body(redactionOf({ redactors: [customers] }), '{"a":"\\u0043-1234","b":"{\\"c\\":\\"C-1234\\"}"}')
    expect(escaped).toBe('{"a":"<secret-customer:1>","b":"{\\"c\\":\\"<secret-customer:1>\\"}"}')
  })

  it('are watched only once the stream has ended, since nobody knows how far a finding goes', () => {
    const redactor = createEventStreamRedactor(redactionOf({ redactors: [customers] }))
    expect(redactor.push(chat(['a C-12', '34 b']))).toBe('')
    expect(redactor.flush()).toBe(chat(['a <secret-customer:1>', ' b']))
    const long = createEventStreamRedactor(redactionOf({ redactors: [customers] }))
    long.push('x'.repeat(9 * 1024 * 1024))
    expect(long.flush()).toMatch(/^: a stream of \d+ characters, too long to be shown\n$/)
  })

  it('may name what they find', () => {
    const own = fromOwnRedactor({ name: 'mine', find: () => [{ start: 0, end: 4, kind: 'Openai-Key' }] })
    expect(redactionOf({ redactors: [own] }).text('abcdef')).toBe('<secret-openai-key:1>ef')
  })

  const wrong: Readonly<Record<string, (text: string) => unknown>> = {
    throws: (text) => {
      throw new TypeError(`cannot read ${text}`)
    },
    'throws no error': (text) => {
      throw text
    },
    'gives no list': () => 7,
    'gives a promise': () => Promise.resolve([]),
    'gives null': () => [null],
    'gives no places': () => [{ start: 'a', end: 2 }],
    'gives places outside': (text) => [{ start: 0, end: text.length + 1 }],
    'gives empty places': () => [{ start: 1, end: 1 }],
    'gives no kind': () => [{ start: 0, end: 1, kind: '' }],
    'throws on the way': function* (text) {
      yield { start: 0, end: 1 }
      throw new Error(text)
    }
  }

  it.each(Object.keys(wrong))('that fail stop everything, and tell nothing of the text: one that %s', (how) => {
    const own = fromOwnRedactor({ name: 'broken', find: wrong[how] as (text: string) => Iterable<OwnFinding> })
    const redaction = redactionOf({ redactors: [own] })
    const text = 'a very secret text'
    const uses: readonly (() => unknown)[] = [
      () => redaction.text(text),
      () => redaction.url(`/${text}`),
      () => redaction.headers([['x-request-id', text]], 'cassette'),
      () => redaction.body(toBytes(JSON.stringify({ text })), 'application/json'),
      () => redaction.body(toBytes(chat([text])), 'text/event-stream'),
      () => redaction.scan(text)
    ]
    for (const use of uses) {
      expect(use).toThrow(RedactionError)
      expect(use).toThrow(/^The redactor broken failed: (?!.*very).*Correct it/)
    }
    expect(cleanOrWithheld(text, redaction)).toMatch(/^A text is withheld\. The redactor broken failed/)
  })
})

describe('kinds', () => {
  it('are each of the list, or marked as a user’s own', () => {
    expect(
      ['openai-key', 'encoded-jwt', 'email', 'customer', 'encoded-customer', 'secret-x', 'Foo Bar', '7'].map(toKind)
    ).toEqual([
      'openai-key',
      'encoded-jwt',
      'email',
      'secret-customer',
      'encoded-secret-customer',
      'secret-x',
      'secret-foo-bar',
      'secret-7'
    ])
  })

  it('that are given are known to matching, and nothing else is', () => {
    const redaction = redactionOf({ personal: ['email'], names: ['Ada Lovelace'], fields: ['user'], redactors: [customers] })
    const clean = body(
      redaction,
      JSON.stringify({
        a: 'ada@example.com Ada Lovelace C-1234',
        user: 'x',
        b: Buffer.from('to ada@example.com!').toString('base64')
      })
    )
    expect(clean.match(/:\d+>/g)).toHaveLength(5)
    expect(withoutNumbers(clean)).not.toMatch(/:\d+>/)
    expect(withoutNumbers('<step:1> <foo-key:2> <name:3> <email:4>')).toBe('<step:1> <foo-key:2> <name:3> <email>')
  })
})

it('the version of the policy is raised with every detector that is added or changed', () => {
  const shapes = SHAPES.map(({ kind, pattern, accepts }) => `${kind} ${pattern.source} ${String(accepts)}`)
  expect([POLICY_VERSION, createHash('sha256').update(shapes.join('\n')).digest('hex').slice(0, 8)]).toEqual([2, '70db7929'])
})
