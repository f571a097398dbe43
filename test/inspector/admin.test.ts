/** Who may read the addresses below /_proxy/. */
import { describe, expect, it } from 'vitest'
import { hashToken } from '../../src/firewall/caller.ts'
import { EMPTY, jsonResponse, type HttpRequest } from '../../src/http/message.ts'
import { createAdmin, metricsAnswers } from '../../src/inspector/admin.ts'

const TOKEN = 'a-token-' + 'of-this-proxy'
const TOKENS = [{ name: 'ops', sha256: hashToken(TOKEN) }]

const ask = (url: string, given: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: [],
  body: EMPTY,
  ...given
})

function admin(isLocal: boolean, tokens = [] as typeof TOKENS): (request: HttpRequest) => Promise<number | undefined> {
  const answers = createAdmin({
    answers: [metricsAnswers({ text: async () => ({ contentType: 'text/plain', text: 'a 1\n' }) })],
    isLocal,
    tokens: () => tokens,
    refuse: ({ status, code }) => jsonResponse(status, { code })
  })
  return async (request) => (await answers(request))?.status
}

describe('without tokens', () => {
  it('this machine may', async () => {
    expect(await admin(true)(ask('/_proxy/metrics'))).toBe(200)
    expect(await admin(true)(ask('/_proxy/metrics?x=1'))).toBe(200)
  })

  it('other machines may not, whatever they show', async () => {
    expect(await admin(false)(ask('/_proxy/metrics'))).toBe(403)
    expect(await admin(false)(ask('/_proxy/metrics', { headers: [['authorization', `Bearer ${TOKEN}`]] }))).toBe(403)
  })
})

describe('with tokens', () => {
  it.each([true, false])('only who shows one may (only this machine reaches it: %s)', async (isLocal) => {
    expect(await admin(isLocal, TOKENS)(ask('/_proxy/metrics'))).toBe(401)
    expect(await admin(isLocal, TOKENS)(ask('/_proxy/metrics', { headers: [['authorization', `Bearer ${TOKEN}`]] }))).toBe(200)
    expect(await admin(isLocal, TOKENS)(ask('/_proxy/metrics', { headers: [['x-openai-proxy-token', `${TOKEN}x`]] }))).toBe(401)
  })

  it('nobody learns which addresses there are without one', async () => {
    expect(await admin(false, TOKENS)(ask('/_proxy/none'))).toBe(401)
  })
})

it('leaves every other address alone', async () => {
  for (const url of ['/', '/v1/models', '/_proxy', '/_proxyish/metrics', '/v1/_proxy/metrics']) {
    expect(await admin(true)(ask(url)), url).toBeUndefined()
  }
})
