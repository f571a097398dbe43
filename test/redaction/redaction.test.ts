/** Redaction as a whole: a canary in every place is gone, nothing else changes, and one secret is one placeholder. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBytes, toText } from '../../src/http/message.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import type { Redaction } from '../../src/redaction/redactor.ts'
import { canary, CANARY_KINDS, findCanary, type CanaryKind } from '../support/canary.ts'
import { HARMLESS, OTHERS, pem } from './samples.ts'

const JSON_TYPE = 'application/json'

function knowing(...values: string[]): Redaction {
  const redaction = createRedaction()
  for (const value of values) redaction.learn(value, 'api-key')
  return redaction
}

function redactionFor(kind: CanaryKind): Redaction {
  return kind === 'plain' ? knowing(canary('plain')) : createRedaction()
}

function bodyText(redaction: Redaction, text: string, type: string | undefined = JSON_TYPE): string {
  return toText(redaction.body(toBytes(text), type))!
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const unicode = (text: string): string =>
  [...text].map((char) => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const percent = (text: string): string => [...text].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')
const form = (parts: string): string => parts.replaceAll('\n', '\r\n')

/** Every place of a body where a key can stand. */
const PLACES: Readonly<Record<string, (key: string) => readonly [text: string, type: string | undefined]>> = {
  'a JSON value': (key) => [`{"a": "${key}"}`, JSON_TYPE],
  'a JSON value among words': (key) => [`{"a": "my key is ${key}, is it not?"}`, JSON_TYPE],
  'a JSON value behind an escape': (key) => [`{"a": "key:\\n${key}\\n"}`, JSON_TYPE],
  'a JSON value in escapes': (key) => [`{"a": "${unicode(key)}"}`, JSON_TYPE],
  'a JSON key': (key) => [`{"${key}": 1, "b\\n${key}": {"c": []}}`, JSON_TYPE],
  'a JSON string that is all': (key) => [JSON.stringify(key), JSON_TYPE],
  'JSON in a JSON string': (key) => [JSON.stringify({ arguments: JSON.stringify({ text: `a\n${key}`, [key]: 1 }) }), JSON_TYPE],
  'JSON in JSON in a JSON string': (key) => [
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ c: `\t${key}` }) }) }),
    JSON_TYPE
  ],
  'base64 in JSON': (key) => [JSON.stringify({ data: base64(`hello ${key} world`) }), JSON_TYPE],
  'a data URL in JSON': (key) => [JSON.stringify({ url: `data:text/plain;base64,${base64(`key=${key}`)}` }), JSON_TYPE],
  'wrapped base64 in JSON': (key) => [
    JSON.stringify({ data: base64(`${'hello '.repeat(9)}${key}${' world'.repeat(20)}`).replace(/.{76}/g, '$&\n') }),
    JSON_TYPE
  ],
  'hex in JSON': (key) => [JSON.stringify({ data: Buffer.from(key).toString('hex') }), JSON_TYPE],
  'an address in JSON': (key) => [JSON.stringify({ url: `https://me:${key}@example.com/?key=${percent(key)}` }), JSON_TYPE],
  'JSON with a key twice': (key) => [`{"a": "\\n${key}", "a": "\\n${key}"}`, JSON_TYPE],
  'JSON that is very deep': (key) => [`${'['.repeat(300)}"\\n${key}"${']'.repeat(300)}`, JSON_TYPE],
  'JSON that is cut off': (key) => [`{"a": {"b": ["\\n${key}", "x\\n${key} and mo`, JSON_TYPE],
  'JSON lines': (key) => [`{"a": "\\n${key}"}\n{"password": "${key}"}\n`, 'application/jsonl'],
  'an urlencoded body': (key) => [
    `a=1&b=x%20${key}%0A&password=${percent(key)}&c%5B${key}=2`,
    'application/x-www-form-urlencoded'
  ],
  'JSON in an urlencoded body': (key) => [
    `payload=${encodeURIComponent(JSON.stringify({ a: `\n${key}` }))}`,
    'application/x-www-form-urlencoded'
  ],
  'a form part': (key) => [
    form(`--b\nContent-Disposition: form-data; name="a"\n\nx ${key}\n--b--\n`),
    'multipart/form-data; boundary=b'
  ],
  'a form part of JSON': (key) => [
    form(
      `--b\nContent-Disposition: form-data; name="a"; filename="a.json"\nContent-Type: application/json\n\n{"a":"\\n${key}"}\n--b--\n`
    ),
    'multipart/form-data; boundary=b'
  ],
  'the name of a file': (key) => [
    form(`--b\nContent-Disposition: form-data; name="a"; filename="${key}.txt"\n\nx\n--b--\n`),
    'multipart/form-data; boundary=b'
  ],
  'a form that is broken': (key) => [
    form(`--b\nContent-Disposition: form-data; name="a"\n\nx ${key}\n`),
    'multipart/form-data; boundary=b'
  ],
  'plain text': (key) => [`the key is ${key}\nok`, 'text/plain'],
  'text of no type': (key) => [`KEY=${key}`, undefined],
  'an event': (key) => [`event: ${key}\nid: ${key}\n: ${key}\ndata: {"a": "\\n${key}"}\n\n`, 'text/event-stream'],
  'what calls itself a stream and is none': (key) => [`${key}\n{"a": "\\n${key}"}\n`, 'text/event-stream'],
  'an event of text': (key) => [`data: my key\ndata: is ${key}\n\n`, 'text/event-stream'],
  'an event with separators of lines in its JSON': (key) => [
    `data: {"a": "x\u2028data: y", "b": "\u2029${key}"}\n\n`,
    'text/event-stream'
  ],
  'events whose type nobody told': (key) => [
    `data: {"delta": "${key.slice(0, 9)}"}\n\ndata: {"delta": "${key.slice(9)}"}\n\n`,
    undefined
  ]
}

describe.each(CANARY_KINDS)('a key of kind %s', (kind) => {
  const key = canary(kind)

  it.each(Object.keys(PLACES))('is gone from %s', (place) => {
    const [text, type] = PLACES[place]!(key)
    const redaction = redactionFor(kind)
    const clean = bodyText(redaction, text, type)
    expect(findCanary(text, key).length + Number(text !== clean)).toBeGreaterThan(0)
    expect(findCanary(clean, key)).toEqual([])
    expect(clean).toMatch(/<[a-z][a-z0-9-]*:\d+>/)
    expect(bodyText(redaction, clean, type)).toBe(clean)
    expect(redaction.scan(clean)).toEqual([])
    if (isJson(text)) expect(isJson(clean)).toBe(true)
  })

  it('is gone from headers, for the log and for a cassette', () => {
    const redaction = redactionFor(kind)
    const headers = [
      ['Authorization', `Bearer ${key}`],
      ['x-api-key', key],
      ['Cookie', `session=${key}`],
      ['Set-Cookie', `session=${key}; Path=/`],
      ['X-Note', `the key is ${key}.`],
      ['location', `https://example.com/?code=${key}&x=${percent(key)}`],
      ['x-request-id', key],
      [`x-${key}`, '1'],
      ['Proxy-Authorization', `Basic ${base64(`user:${key}`)}`]
    ] as const
    const log = redaction.headers(headers, 'log')
    expect(log).toHaveLength(headers.length)
    expect(findCanary(JSON.stringify(log), key)).toEqual([])
    expect(redaction.headers(log, 'log')).toEqual(log)
    expect(findCanary(JSON.stringify(redaction.headers(headers, 'cassette')), key)).toEqual([])
    expect(redaction.headers(headers, 'cassette').map(([name]) => name)).toEqual(['location', 'x-request-id'])
  })

  it('is gone from addresses', () => {
    const redaction = redactionFor(kind)
    for (const url of [
      `/v1/x?key=${key}`,
      `/v1/${key}/x`,
      `/v1/x?api_key=${percent(key)}&b=1`,
      `/v1?q=${encodeURIComponent(`Bearer ${key}`)}`,
      `https://u:${key}@h/`,
      `/a#token=${key}`
    ]) {
      const clean = redaction.url(url)
      expect(findCanary(clean, key), url.replace(key, 'KEY')).toEqual([])
      expect(redaction.url(clean)).toBe(clean)
    }
  })

  it('has one placeholder wherever it stands', () => {
    const redaction = redactionFor(kind)
    const [, shown] = redaction.headers([['authorization', `Bearer ${key}`]], 'log')[0]!
    const placeholder = shown.slice('Bearer '.length)
    expect(placeholder).toMatch(/^<[a-z-]+:1>$/)
    expect(redaction.text(`x ${key} y`)).toBe(`x ${placeholder} y`)
    expect(redaction.url(`/x?key=${key}`)).toBe(`/x?key=${placeholder}`)
    expect(
      bodyText(redaction, JSON.stringify({ password: key, a: [key], [key]: base64(key), h: Buffer.from(key).toString('hex') }))
    ).toBe(JSON.stringify({ password: placeholder, a: [placeholder], [placeholder]: placeholder, h: placeholder }))
    expect(bodyText(redaction, `{"a":"${unicode(key)}"}`)).toBe(`{"a":"${placeholder}"}`)
    expect(bodyText(redaction, `a=${percent(key)}`, 'application/x-www-form-urlencoded')).toBe(`a=${placeholder}`)
    expect(redaction.text(canary(kind, 'another'))).not.toBe(placeholder)
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('what is secret by more than a shape', () => {
  it('is taken out of errors that echo a part of a key', () => {
    for (const echo of [
      'sk-' + 'proj-' + '****abcd',
      'sk-' + 'ab***wxyz',
      'sk-' + 'AAAA' + '*'.repeat(20) + 'bcde',
      'my-old-' + 'key'
    ]) {
      const body = JSON.stringify({
        error: {
          message: `Incorrect API key provided: ${echo}. You can find your API key at https://platform.openai.com/account/api-keys.`
        }
      })
      expect(bodyText(createRedaction(), body)).toBe(body.replace(echo, '<openai-key:1>'))
    }
  })

  it('is a private key, in JSON as in text', () => {
    for (const key of [pem(), pem('PRIVATE'), pem('EC PRIVATE', '\r\n')]) {
      expect(bodyText(createRedaction(), JSON.stringify({ content: `my key:\n${key}\nok` }))).toBe(
        '{"content":"my key:\\n<private-key:1>\\nok"}'
      )
      expect(createRedaction().text(`${key}\n`)).toBe('<private-key:1>\n')
    }
  })

  it('is a private key in a stream that is none, and what an urlencoded name makes a secret', () => {
    for (const text of [`${pem()}\n`, `: x\ndata: a ${pem()}\n\n`, `${pem()}\n\ndata: {}\n\n`]) {
      expect(bodyText(createRedaction(), text, 'text/event-stream'), text.slice(0, 9)).toBe(
        text.replace(pem(), '<private-key:1>')
      )
    }
    const name = 'aws_secret_access_key'
    expect(
      bodyText(createRedaction(), `${name} = ${canary('plain')}${'a'.repeat(8)}&b=1`, 'application/x-www-form-urlencoded')
    ).toBe(`${name} = <aws-secret-key:1>&b=1`)
  })

  it.each(OTHERS)('is a %s', (kind, secret, before) => {
    const redaction = createRedaction()
    expect(redaction.text(`x ${before}${secret} y`)).toBe(`x ${before}<${kind}:1> y`)
    expect(bodyText(redaction, JSON.stringify({ a: `\n${before}${secret}` }))).toBe(
      JSON.stringify({ a: `\n${before}<${kind}:1>` })
    )
  })

  it('is what stands in a field of that name', () => {
    const secret = 'correct horse'
    for (const name of ['password', 'Authorization', 'cookie', 'set-cookie', 'passphrase']) {
      expect(bodyText(createRedaction(), JSON.stringify({ [name]: secret })), name).toBe(`{"${name}":"<credential:1>"}`)
    }
    for (const name of [
      'api_key',
      'apiKey',
      'OPENAI_API_KEY',
      'x-api-key',
      'client_secret',
      'webhookSecret',
      'refresh_token',
      'dbPassword',
      'private_key',
      'AWS_SECRET_ACCESS_KEY'
    ]) {
      expect(bodyText(createRedaction(), JSON.stringify({ a: [{ [name]: 'hunter2' }] })), name).toBe(
        `{"a":[{"${name}":"<credential:1>"}]}`
      )
    }
    expect(bodyText(createRedaction(), '{"client_secret": {"value": "abcdef", "expires_at": 1}}')).toBe(
      '{"client_secret": {"value": "<credential:1>", "expires_at": 1}}'
    )
    expect(bodyText(createRedaction(), '{"authorization": "Bearer abcdef"}')).toBe('{"authorization": "Bearer <credential:1>"}')
    expect(bodyText(createRedaction(), '{"tools": [{"type": "mcp", "headers": {"X-Auth": "abc def"}}]}')).toContain(
      '{"X-Auth": "<credential:1>"}'
    )
    expect(bodyText(createRedaction(), '{"organization": "org-acme", "org_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}')).toBe(
      '{"organization": "<organization:1>", "org_id": "<organization:2>"}'
    )
    expect(bodyText(createRedaction(), JSON.stringify({ arguments: '{"password": "a\\"b"}' }))).toBe(
      JSON.stringify({ arguments: '{"password": "<credential:1>"}' })
    )
  })
})

describe('what is harmless', () => {
  it.each(HARMLESS)('stays, the bytes themselves: %#', (text) => {
    for (const [body, type] of [
      [text, 'text/plain'],
      [JSON.stringify({ messages: [{ role: 'user', content: text }] }), JSON_TYPE],
      [`data: ${JSON.stringify({ delta: text })}\n\n`, 'text/event-stream']
    ] as const) {
      const bytes = toBytes(body)
      expect(createRedaction().body(bytes, type)).toBe(bytes)
      expect(createRedaction().scan(body)).toEqual([])
    }
  })

  it.each([
    {
      type: 'object',
      properties: {
        password: { type: 'string', description: 'The new password' },
        secret: { type: 'string', enum: ['a', 'b'] },
        api_key: { type: 'string' }
      },
      required: ['password', 'secret']
    },
    { properties: { password: 'string', token: 'string' }, dependentRequired: { password: ['confirmation'] } },
    {
      choices: [
        {
          logprobs: {
            content: [
              { token: 'Hello', bytes: [72], top_logprobs: [{ token: ' supercalifragilisticexpialidocious', logprob: -1 }] }
            ]
          }
        }
      ]
    },
    {
      max_tokens: 5,
      max_completion_tokens: '12',
      usage: { prompt_tokens: 1 },
      token: 'hello',
      valid_token: 'yes',
      organization: 'Red Cross',
      author: 'me',
      key: 'C major'
    },
    {
      reset_password: 'Click here to reset it',
      trade_secret: 'in a drawer somewhere',
      password: null,
      secret: '',
      passwords: ['a']
    },
    {
      prompt_cache_key: 'my-app',
      safety_identifier: 'user_1',
      previous_response_id: 'resp_' + '0a'.repeat(24),
      encrypted_content: 'gAAAAAB' + 'x9_-'.repeat(40)
    }
  ])('stays in fields: %#', (value) => {
    const bytes = toBytes(JSON.stringify(value, null, 2))
    expect(createRedaction().body(bytes, JSON_TYPE)).toBe(bytes)
  })

  it('stays in headers', () => {
    const headers = [
      ['content-type', 'application/json'],
      ['x-ratelimit-remaining-tokens', '100'],
      ['anthropic-ratelimit-tokens-limit', '100'],
      ['www-authenticate', 'Bearer realm="x"'],
      ['x-request-id', 'req_' + '0a1b2c3d'.repeat(4)],
      ['openai-processing-ms', '12'],
      ['user-agent', 'OpenAI/JS 6.1']
    ] as const
    expect(createRedaction().headers(headers, 'log')).toEqual(headers)
    expect(createRedaction().headers(headers, 'cassette')).toEqual(headers.slice(0, -1))
  })

  it('stays in bytes that are no text, but for a key in them', () => {
    const image = new Uint8Array(Array.from({ length: 5000 }, (_, at) => (at * 7919 + (at >> 3) * 31) & 255))
    expect(createRedaction().body(image, 'image/png')).toBe(image)
    const secret = knowing(canary('plain'))
    for (const key of [canary('plain'), canary('openai')]) {
      const clean = secret.body(Buffer.concat([image, toBytes(` ${key} `), image]), 'image/png')
      expect(findCanary(clean, key)).toEqual([])
      expect([...clean.subarray(0, 5000)]).toEqual([...image])
      expect([...clean.subarray(-5000)]).toEqual([...image])
    }
  })

  it('keeps every byte of a form but the secret, its boundary included', () => {
    const file = new Uint8Array(Array.from({ length: 300 }, (_, at) => at & 255))
    const boundary = `----${canary('openai')}`
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n`
    const rest = (key: string): string =>
      `\r\n--${boundary}\r\ncontent-disposition: form-data; name="prompt"\r\n\r\nsay ${key}\r\n--${boundary}--\r\n`
    const make = (key: string): Buffer => Buffer.concat([toBytes(head), file, toBytes(rest(key))])
    const type = `multipart/form-data; boundary=${boundary}`
    expect(Buffer.from(createRedaction().body(make(canary('anthropic')), type))).toEqual(make('<anthropic-key:1>'))
    const harmless = make('hello')
    expect(createRedaction().body(harmless, type)).toBe(harmless)
  })

  it('stays in JSON to the last character: spacing, escapes, long numbers', () => {
    const text = `{ "a" : 1.0, "b":12345678901234567890 ,\t"c": "\\u00e4\\/x ", "d": ["${canary('openai')}", "\\ud83d"] , "e":1e5}\n`
    expect(bodyText(createRedaction(), text)).toBe(text.replace(canary('openai'), '<openai-key:1>'))
  })
})

describe('placeholders', () => {
  it('go on behind those of a cassette', () => {
    const redaction = createRedaction({ placeholdersFrom: ['a: <openai-key:3>\nb: <openai-key:12>', '<anthropic-key:1>'] })
    expect(redaction.text(canary('openai'))).toBe('<openai-key:13>')
    expect(redaction.text(canary('openai', 'b'))).toBe('<openai-key:14>')
    expect(redaction.text(canary('anthropic'))).toBe('<anthropic-key:2>')
    expect(redaction.text(canary('github'))).toBe('<github-token:1>')
  })

  it('are each of one secret, and each secret has one, in any order', () => {
    const keys = ['a', 'b', 'c'].map((seed) => canary('openai', seed))
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...keys), { minLength: 1, maxLength: 20 }), (used) => {
        const shown = createRedaction().text(used.join(' ')).split(' ')
        const pairs = new Set(used.map((key, at) => `${keys.indexOf(key)} ${shown[at]}`))
        expect(pairs.size).toBe(new Set(used).size)
        expect(new Set(shown).size).toBe(new Set(used).size)
      })
    )
  })
})

describe('any text', () => {
  const keys = [...CANARY_KINDS.map((kind) => canary(kind)), ...OTHERS.map(([, secret, before]) => before + secret), pem()]
  const odd = [
    '"',
    '\\',
    '\\n',
    '\\\\',
    '%',
    '%0A',
    '%22',
    '{"',
    '":"',
    '", "password": "',
    '[',
    '}',
    ',',
    '\n',
    '\r\n\r\n',
    '\ndata: ',
    '\u2028',
    '\uFEFF'
  ]
  const ends = ['Bearer ', 'basic ', '-', '_', '=', '&', '?', '#', '//', '<x:1>', '<', 'sk-', 'a', 'http://a:']
  const parts = fc.array(fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 8 }), fc.constantFrom(...odd, ...ends)), {
    maxLength: 14
  })
  const types = fc.constantFrom('text/plain', JSON_TYPE, 'text/event-stream', 'application/x-www-form-urlencoded', undefined)

  it('is clean once it is redacted, and the same when it is redacted again, by whoever knows the same', () => {
    fc.assert(
      fc.property(parts, types, (given, type) => {
        const text = given.join('')
        const redaction = knowing(canary('plain'))
        const clean = bodyText(redaction, text, type)
        expect(bodyText(redaction, clean, type)).toBe(clean)
        expect(bodyText(knowing(canary('plain')), clean, type)).toBe(clean)
        expect(redaction.scan(clean).filter(({ encoding }) => encoding !== 'stream')).toEqual([])
        const cleanUrl = redaction.url(text)
        expect(redaction.url(cleanUrl)).toBe(cleanUrl)
        const headers = redaction.headers(
          [
            ['location', text],
            ['authorization', text],
            ['x-note', text]
          ],
          'log'
        )
        expect(redaction.headers(headers, 'log')).toEqual(headers)
      }),
      { numRuns: 1500 }
    )
  })

  it('is the same JSON but for its strings', () => {
    const shape = (value: unknown): unknown => {
      if (typeof value === 'string') return ''
      if (Array.isArray(value)) return value.map(shape)
      return value !== null && typeof value === 'object' ? Object.values(value).map(shape) : value
    }
    const leaf = fc.oneof(
      parts.map((text) => text.join('')),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null)
    )
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(...keys, 'password', 'token')), tie('value'), {
          maxKeys: 4
        })
      )
    })).value
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2), (value, indent) => {
        const redaction = knowing(canary('plain'))
        const text = JSON.stringify(value, null, indent)
        const clean = bodyText(redaction, text)
        expect(shape(JSON.parse(clean))).toEqual(shape(JSON.parse(text)))
        for (const kind of CANARY_KINDS)
          expect(clean).not.toMatch(new RegExp(`(?<![A-Za-z0-9_-])${canary(kind)}(?![A-Za-z0-9_+=-])`))
        expect(bodyText(redaction, clean)).toBe(clean)
      }),
      { numRuns: 300 }
    )
  })
})
