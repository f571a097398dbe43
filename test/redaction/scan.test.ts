/** The last look finds every secret that was left, says in which line, and never says the secret. */
import { describe, expect, it } from 'vitest'
import { createRedaction } from '../../src/redaction/index.ts'
import type { Redaction } from '../../src/redaction/redactor.ts'
import { canary, CANARY_KINDS, findCanary, type CanaryKind } from '../support/canary.ts'
import { HARMLESS, OTHERS, pem } from './samples.ts'

function redactionFor(kind: CanaryKind): Redaction {
  const redaction = createRedaction()
  if (kind === 'plain') redaction.learn(canary('plain'), 'api-key')
  return redaction
}

const chat = (content: string): string => JSON.stringify({ choices: [{ index: 0, delta: { content } }] })

/** Ways to leave a key in line 3 of a cassette. */
const LEFT: Readonly<Record<string, (key: string) => readonly [encoding: string, line: string]>> = {
  plain: (key) => ['plain', `  text: my ${key}`],
  quoted: (key) => ['plain', `  text: "my ${key}"`],
  base64: (key) => ['base64', `  base64: ${Buffer.from(`the key is ${key}.`).toString('base64')}`],
  'base64 of bytes that are no text': (key) => [
    'base64',
    `  base64: ${Buffer.concat([Buffer.from([0, 255, 0]), Buffer.from(` ${key} `)]).toString('base64')}`
  ],
  'base64 of a URL': (key) => ['base64', `  a: ${Buffer.from(`{"key":"${key}"}`).toString('base64url')}`],
  hex: (key) => ['hex', `  a: ${Buffer.from(`-- ${key}`).toString('hex')}`],
  'hex in capitals': (key) => ['hex', `  a: x${Buffer.from(key).toString('hex').toUpperCase()}`],
  percent: (key) => ['percent', `  a: ${[...key].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')}`],
  escapes: (key) => [
    'escaped',
    `  a: "${[...key].map((char) => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
  ],
  'escapes of YAML': (key) => [
    'escaped',
    `  a: "${[...key].map((char) => String.raw`\x${char.charCodeAt(0).toString(16)}`).join('')}"`
  ],
  'JSON in JSON': (key) => [
    'escaped',
    `  a: ${JSON.stringify(JSON.stringify({ b: JSON.stringify({ c: `\n${key.slice(0, 4)}\u00e4`, d: `\t${key}` }) }))}`
  ],
  'a stream in a block': (key) => [
    'stream',
    `    data: ${chat(key.slice(0, 4))}\n\n    data: ${chat(key.slice(4, 8))}\n\n    data: ${chat(key.slice(8))}`
  ],
  'a stream that is quoted': (key) => [
    'stream',
    `  sse: ${JSON.stringify(`data: ${chat(key.slice(0, 4))}\r\n\r\ndata: ${chat(`${key.slice(4)}\n`)}\r\n\r\n`)}`
  ]
}

describe.each(Object.keys(LEFT))('a key left in %s', (place) => {
  it.each(CANARY_KINDS)('is found: %s', (kind) => {
    const key = canary(kind)
    const [encoding, line] = LEFT[place]!(key)
    const text = `first: line\nsecond: "line"\n${line}\nlast: line\n`
    const findings = redactionFor(kind).scan(text)
    expect(findings.length).toBeGreaterThan(0)
    for (const finding of findings) expect(finding.line).toBe(3)
    // What looks like nothing is found as it stands, whatever letter of an escape is before it.
    expect(findings[0]!.encoding).toBe(kind === 'plain' && place === 'JSON in JSON' ? 'plain' : encoding)
    expect(findCanary(JSON.stringify(findings), key)).toEqual([])
  })
})

describe('the scan', () => {
  it('finds every shape, and a private key over many lines', () => {
    for (const [kind, secret, before] of OTHERS) {
      expect(createRedaction().scan(`a\nb: ${before}${secret}\n`), kind).toContainEqual({ kind, line: 2, encoding: 'plain' })
    }
    expect(createRedaction().scan(`a: |\n  ${pem('EC PRIVATE', '\n  ')}\n`)).toEqual([
      { kind: 'private-key', line: 2, encoding: 'plain' }
    ])
    expect(createRedaction().scan(`a: ${JSON.stringify(pem())}\n`)).toEqual([{ kind: 'private-key', line: 1, encoding: 'plain' }])
  })

  it('tells of each line once, in order, and stops at a hundred', () => {
    const text = Array.from({ length: 200 }, (_, at) => `${canary('openai', String(at))} ${canary('openai', `b${at}`)}`).join(
      '\n'
    )
    const findings = createRedaction().scan(text)
    expect(findings.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
  })

  it('finds base64 that is wrapped and indented', () => {
    const base64 = Buffer.from(`${'hello '.repeat(7)}${canary('plain')}${' world'.repeat(20)}`).toString('base64')
    const redaction = createRedaction()
    redaction.learn(canary('plain'), 'api-key')
    expect(redaction.scan(`base64: |\n  ${base64.replace(/.{76}/g, '$&\n  ')}\n`)).toEqual([
      { kind: 'api-key', line: 2, encoding: 'base64' }
    ])
  })

  it('does not take an example in a prompt for a secret', () => {
    const text = 'text: |\n  Send this:\n  {"password": "your password", "path": "C:\\\\x"}\n  "api_key": "YOUR_KEY\\n"\n'
    expect(createRedaction().scan(text)).toEqual([])
  })

  it('finds nothing in harmless texts, in placeholders and in nothing', () => {
    for (const text of [
      ...HARMLESS,
      '',
      '\n',
      '<openai-key:1> "<encoded-api-key:2>"',
      'key: 5f0c2a9e41b7d386\nrecorded: {at: 2026-11-23T09:00:00Z, ms: 352}\n'
    ]) {
      expect(createRedaction().scan(text), text.slice(0, 60)).toEqual([])
    }
  })
})
