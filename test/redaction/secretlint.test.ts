/** A reference that others maintain: what secretlint's recommended rules call a secret, ours find too. */
import { lintSource } from '@secretlint/core'
import { creator } from '@secretlint/secretlint-rule-preset-recommend'
import { describe, expect, it } from 'vitest'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import { toText } from '../../src/http/message.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { canary } from '../support/canary.ts'
import { realExchanges } from '../support/real-exchanges.ts'
import { OTHERS, pem, SHAPED } from './samples.ts'

interface Told {
  readonly rule: string
  readonly start: number
  readonly end: number
}

async function secretlint(content: string): Promise<Told[]> {
  const { messages } = await lintSource({
    source: { content, filePath: '/a.txt', ext: '.txt', contentType: 'text' },
    options: {
      noPhysicFilePath: true,
      config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] }
    }
  })
  return messages.map(({ ruleId, messageId, range }) => ({ rule: `${ruleId} ${messageId}`, start: range[0], end: range[1] }))
}

/** Twelve digits that tell whose cloud it is, and open nothing. */
const NO_SECRET = /AWSAccountID/

/** What they tell of a text and ours do not reach. */
async function missed(text: string): Promise<string[]> {
  const ours = createRedaction().places(text)
  const told = (await secretlint(text)).filter(({ rule }) => !NO_SECRET.test(rule))
  return told.filter(({ start, end }) => !ours.some((place) => place.start < end && start < place.end)).map(({ rule }) => rule)
}

const letters = canary('plain').slice(6)
const base = 'sk-' + 'ant-' + 'api03-'

/** A secret for each of their rules. */
const SECRETS: readonly string[] = [
  ...SHAPED.map((kind) => canary(kind)),
  ...OTHERS.map(([, secret, before]) => before + secret),
  pem(),
  pem('PRIVATE').replace(/\n(?=A)/, '\nMI'),
  base + letters.repeat(5).slice(0, 93) + 'AA',
  `AWS_SECRET_ACCESS_KEY=${letters.repeat(2).slice(0, 40)}`,
  `https://${letters}:x-oauth-basic@github.com/`,
  `https://user:${letters}@example.com/x`,
  `mongodb+srv://root:${letters}@cluster.example.net/db`,
  `mysql://root:${letters}@db.example.net:3306/db`,
  `postgresql://me:${letters}@db.example.net/db?sslmode=require`,
  `//packages.example.com/:_authToken=${letters}`,
  'hf' + '_' + letters.replaceAll(/\d/g, 'x').repeat(2).slice(0, 34),
  'hvb' + '.' + letters.repeat(7).slice(0, 150)
]

describe('secretlint', () => {
  it('knows most of these secrets, so that the comparison says something', async () => {
    const rules = new Set((await Promise.all(SECRETS.map(secretlint))).flat().map(({ rule }) => rule))
    expect(rules.size).toBeGreaterThan(18)
  })

  it('finds none that ours do not', async () => {
    for (const text of SECRETS) expect(await missed(`x ${text} y`), text.slice(0, 12)).toEqual([])
  })

  it('finds none in the real exchanges that ours do not', async () => {
    for (const { id, request, response } of realExchanges()) {
      for (const { headers, body } of [request, response]) {
        const text = toText(decodeBody(body, getHeader(headers, 'content-encoding'), 1e9))
        if (text !== undefined) expect(await missed(text), id).toEqual([])
      }
    }
  }, 120_000)
})
