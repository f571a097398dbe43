/** Every redactor passes the same suite; and what each finds beside it. */
import { describe, expect, it } from 'vitest'
import { createEncodedSecrets, encodedRuns } from '../../src/redaction/encoded.ts'
import { createLookInside } from '../../src/redaction/inside.ts'
import { createKnownValues } from '../../src/redaction/known-values.ts'
import { privateKeys } from '../../src/redaction/private-keys.ts'
import { kindOfSecret, secretShapes } from '../../src/redaction/secret-shapes.ts'
import { SHAPES } from '../../src/redaction/secret-shapes.data.ts'
import { canary } from '../support/canary.ts'
import { HARMLESS, KINDS, OTHERS, pem, SHAPED } from './samples.ts'
import { testRedactor } from './test-redactor.ts'

const known = createKnownValues()
known.learn(canary('plain'), 'api-key')
known.learn('hunter2 "quoted" ü+/', 'password')

testRedactor(secretShapes, {
  secrets: [
    ...SHAPED.map((kind) => [KINDS[kind], canary(kind)] as const),
    ...OTHERS.filter(([, , before]) => before === '').map(([kind, secret]) => [kind, secret] as const)
  ],
  harmless: HARMLESS
})
testRedactor(privateKeys, {
  secrets: ['RSA PRIVATE', 'PRIVATE', 'EC PRIVATE', 'OPENSSH PRIVATE', 'ENCRYPTED PRIVATE'].map(
    (armour) => ['private-key', pem(armour)] as const
  ),
  harmless: [...HARMLESS, pem('PUBLIC'), 'BEGIN PRIVATE KEY']
})
testRedactor(known, {
  secrets: [
    ['api-key', canary('plain')],
    ['password', 'hunter2 "quoted" ü+/']
  ],
  harmless: HARMLESS
})
testRedactor(createEncodedSecrets(createLookInside({ certain: [known, secretShapes, privateKeys], textual: [] })), {
  secrets: [
    ['openai-key', Buffer.from(canary('openaiProject')).toString('base64')],
    ['openai-key', Buffer.from(canary('openaiProject')).toString('hex')],
    ['encoded-openai-key', Buffer.from(`{"key":"${canary('openai')}"}`).toString('base64url')],
    ['encoded-api-key', Buffer.from(`user: ${canary('plain')}`).toString('base64')],
    ['encoded-private-key', Buffer.from(`${pem()}\n`).toString('base64')]
  ],
  harmless: HARMLESS
})

describe('secret shapes', () => {
  it.each(OTHERS.filter(([, , before]) => before !== ''))(
    'knows a secret by what stands before it: %s',
    (kind, secret, before) => {
      const text = `x ${before}${secret}`
      expect([...secretShapes.find(text)].map((found) => [found.kind, text.slice(found.start, found.end)])).toEqual([
        [kind, secret]
      ])
      expect([...secretShapes.find(`x ${secret} y`)].filter((found) => found.kind === kind)).toEqual([])
    }
  )

  it('finds a key behind any character that is none of its own, and behind a name that ends in _ or -', () => {
    for (const before of ['"', "'", '=', ':', ' ', '\n', '(', '/', ',', '.', '`', '|', '>', 'KEY_', 'my-']) {
      expect(new Set([...secretShapes.find(before + canary('openaiProject'))].map(({ start }) => start)), before).toEqual(
        new Set([before.length])
      )
    }
  })

  it('has a hint for every shape that stands in each match', () => {
    for (const [kind, secret, before] of OTHERS) {
      const shapes = SHAPES.filter((shape) => shape.kind === kind && [...(before + secret).matchAll(shape.pattern)].length > 0)
      expect(shapes.length, kind).toBeGreaterThan(0)
      for (const { hints } of shapes)
        expect(
          hints.some((hint) => (before + secret).includes(hint)),
          kind
        ).toBe(true)
    }
  })

  it('gives every repetition a bound', () => {
    for (const { kind, pattern } of SHAPES) expect(pattern.source, kind).not.toMatch(/(?<!\\)[+*](?![^[]*\])|,\}/)
  })

  it('names a value only where all of it is the secret', () => {
    expect(kindOfSecret(canary('anthropic'))).toBe('anthropic-key')
    expect(kindOfSecret(`${canary('anthropic')} `)).toBeUndefined()
    expect(kindOfSecret('hello')).toBeUndefined()
  })
})

describe('known values', () => {
  it('takes no value that would be found everywhere', () => {
    const values = createKnownValues()
    for (const value of ['short', 'openai-proxy', 'not-needed', 'anything', 'dummy key', '<api-key:1>', ''])
      values.learn(value, 'x')
    expect([...values.values]).toEqual([])
    values.learn('abcdefghijklmnop', 'x')
    values.learn('anything1', 'x')
    expect([...values.values.keys()]).toEqual(['abcdefghijklmnop', 'anything1'])
  })

  it('says which value a form stands for', () => {
    const value = 'p@ss/word "1" ü'
    const values = createKnownValues()
    values.learn(value, 'password')
    const forms = [
      encodeURIComponent(value),
      encodeURIComponent(value).toLowerCase().replace('%c3%bc', '%c3%bc'),
      JSON.stringify(value).slice(1, -1),
      Buffer.from(value).toString('base64url'),
      Buffer.from(value).toString('hex'),
      Buffer.from(value).toString('hex').toUpperCase(),
      Buffer.from(value).toString('latin1')
    ]
    for (const form of forms)
      expect(
        [...values.find(`(${form})`)].map((found) => found.secret),
        form
      ).toContain(value)
  })

  it('looks for a thousand values as it looks for one', () => {
    const values = createKnownValues()
    for (let at = 0; at < 1000; at += 1) values.learn(canary('plain', String(at)), 'api-key')
    const text = 'canary canary canaryA '.repeat(10_000) + canary('plain', '999')
    expect([...values.find(text)]).toHaveLength(1)
  })
})

describe('private keys', () => {
  it.each(['\r\n', '\\n', '\\r\\n', '\n    '])('are found with %j as line end', (end) => {
    const text = `a ${pem('PRIVATE', end)} b`
    expect([...privateKeys.find(text)]).toEqual([{ kind: 'private-key', start: 2, end: text.length - 2 }])
  })

  it('are found with headers, and where they are cut off', () => {
    const whole = pem().replace('\n', '\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n\n')
    expect([...privateKeys.find(whole)]).toEqual([{ kind: 'private-key', start: 0, end: whole.length }])
    for (let cut = 100; cut < 700; cut += 37) {
      const text = pem().slice(0, cut)
      expect([...privateKeys.find(text)], String(cut)).toEqual([{ kind: 'private-key', start: 0, end: text.trimEnd().length }])
    }
  })

  it('are found one by one', () => {
    const text = `${pem()}\nand\n${pem('EC PRIVATE')}\n`
    expect([...privateKeys.find(text)].map(({ start, end }) => text.slice(start, end))).toEqual([pem(), pem('EC PRIVATE')])
  })
})

describe('encoded runs', () => {
  const runs = (text: string): string[] =>
    [...encodedRuns(text)].filter(({ encoding }) => encoding === 'base64').map(({ start, end }) => text.slice(start, end))

  it('go on over the lines of wrapped base64, and over no others', () => {
    const base64 = Buffer.from(`x${canary('openaiProject')} `.repeat(3)).toString('base64')
    const wrapped = base64.replace(/.{76}/g, '$&\r\n')
    expect(runs(`a\n${wrapped}\nb`)).toEqual([wrapped])
    expect(runs(`a\n${base64.replace(/.{76}/g, '$&\n    ')} b`)).toEqual([base64.replace(/.{76}/g, '$&\n    ')])
    expect(runs('internationalization\nmisunderstandings')).toEqual(['internationalization', 'misunderstandings'])
  })

  it('may be as long as the largest image', () => {
    const image = `${'A'.repeat(20_000_000)}==`
    expect([...createEncodedSecrets(createLookInside({ certain: [secretShapes], textual: [] })).find(image)]).toEqual([])
    expect(runs(image)).toEqual([image])
  })

  it('are found behind characters that are not part of them', () => {
    const redactor = createEncodedSecrets(createLookInside({ certain: [secretShapes], textual: [] }))
    for (const before of ['', 'a', 'ab', 'abc', 'abcd', 'path/']) {
      const text = `"${before}${Buffer.from(`{"k": "${canary('openai')}"}`).toString('base64')}"`
      expect([...redactor.find(text)], before).toEqual([{ kind: 'encoded-openai-key', start: 1, end: text.length - 1 }])
    }
  })
})
