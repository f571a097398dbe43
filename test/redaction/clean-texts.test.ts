/** What was clean is remembered within bounds, and forgotten when more is known to be secret. */
import { describe, expect, it } from 'vitest'
import { createCleanTexts } from '../../src/redaction/clean-texts.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { fromOwnRedactor } from '../../src/redaction/own-redactor.ts'
import { BUILT_IN } from '../../src/redaction/policy.ts'
import { toBytes, toText } from '../../src/http/message.ts'

const never = (): number => 0

describe('texts that were clean', () => {
  it('are known as long as they come again; the others go', () => {
    const clean = createCleanTexts(never, 100)
    for (let round = 0; round < 50; round += 1) {
      clean.add(`another text ${round}`.padEnd(20))
      if (round === 0) clean.add('the same')
      expect(clean.has('the same')).toBe(true)
    }
    expect(clean.has('another text 0'.padEnd(20))).toBe(false)
    expect(clean.has('another text 49'.padEnd(20))).toBe(true)
  })

  it('are all forgotten when a value becomes secret', () => {
    let learned = 0
    const clean = createCleanTexts(() => learned)
    clean.add('a text')
    learned = 1
    expect(clean.has('a text')).toBe(false)
    clean.add('a text')
    expect(clean.has('a text')).toBe(true)
  })

  it('are not remembered where they are very long, or end in half a character', () => {
    const clean = createCleanTexts(never)
    const texts = ['x'.repeat(200_000), 'half \ud83d']
    for (const text of texts) clean.add(text)
    expect(texts.map((text) => clean.has(text))).toEqual([false, false])
    expect(clean.has('half \ufffd')).toBe(false)
  })
})

describe('a secret that is learned late', () => {
  const secret = 'correct-horse-battery-9'
  const bodies = [
    ['a string of JSON', JSON.stringify({ messages: [{ role: 'user', content: `It is ${secret}.` }] }), 'application/json'],
    ['an event', `data: {"choices":[{"delta":{"content":"${secret}"}}]}\n\n`, 'text/event-stream'],
    ['base64', JSON.stringify({ data: Buffer.from(`it is ${secret}`).toString('base64') }), 'application/json'],
    ['a plain text', `It is ${secret}.`, 'text/plain']
  ] as const

  it.each(bodies)('is found in %s that was clean before', (_what, body, type) => {
    const redaction = createRedaction()
    const redact = (): string => toText(redaction.body(toBytes(body), type))!
    expect([redact(), redact()]).toEqual([body, body])
    redaction.learn(secret, 'secret')
    const [first, second] = [redact(), redact()]
    expect(first).not.toBe(body)
    expect(first).toContain('<')
    expect(second).toBe(first)
  })

  it('is found in a header that was clean before', () => {
    const redaction = createRedaction()
    const headers = [['x-note', secret]] as const
    expect(redaction.headers(headers, 'log')).toEqual(headers)
    redaction.learn(secret, 'secret')
    expect(redaction.headers(headers, 'log')).toEqual([['x-note', '<secret:1>']])
  })
})

it('a field is known by the end of its name, however long a client makes it', () => {
  const name = `${'x'.repeat(5000)}_api_key`
  const body = (value: string): Uint8Array => toBytes(JSON.stringify({ [name]: value }))
  const redaction = createRedaction()
  const shown = toText(redaction.body(body('Zq7-Lm2-Pt9-Rv4'), 'application/json'))!
  expect(shown).toBe(JSON.stringify({ [name]: '<credential:1>' }))
})

it("a user's own redactor is asked each time: it may look at more than the text", () => {
  let isOn = false
  const find = (text: string): { start: number; end: number }[] => (isOn ? [{ start: 0, end: text.length }] : [])
  const redaction = createRedaction({ policy: { ...BUILT_IN, redactors: [fromOwnRedactor({ name: 'moody', find })] } })
  expect(redaction.text('some words')).toBe('some words')
  isOn = true
  expect(redaction.text('some words')).toBe('<secret-moody:1>')
})
