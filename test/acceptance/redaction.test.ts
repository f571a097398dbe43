/** Redaction through a running proxy: values that travel on, a user's own redactors, and that one which fails keeps nothing. */
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { defineRedactor, startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { canary, findCanary } from '../support/canary.ts'
import { startUpstream, type Responder } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const UPSTREAM_DOWN = 'http://127.0.0.1:9'

/** Answers with the next body each time. */
function answers(...bodies: readonly object[]): Responder {
  let next = 0
  return async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(bodies[Math.min(next++, bodies.length - 1)]))
  }
}

async function post(proxy: Proxy, path: string, body: object): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(proxy.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  return { status: response.status, text: await response.text() }
}

const say = (content: string): object => ({ model: 'gpt-4o', messages: [{ role: 'user', content }] })

function options(folder: TemporaryFolder, upstream: string, more: ProxyOptions = {}): ProxyOptions {
  return {
    openaiApiBaseUrl: `${upstream}/v1`,
    anthropicApiBaseUrl: upstream,
    cassette: folder.file('tape.yaml'),
    logFile: folder.file('all.log'),
    logTokens: true,
    report: () => undefined,
    ...more
  }
}

describe('a value of an answer that goes into the next request', () => {
  const key = canary('openaiEphemeral')
  const later = canary('openaiEphemeral', 'later')
  const mail = 'ada@example.com'
  const redact = { personal: ['email'] } as const

  /** Asks for a secret, and sends it on in a body, an address and a form of escapes. */
  async function converse(proxy: Proxy): Promise<{ readonly got: string; readonly texts: readonly string[] }> {
    const first = await post(proxy, '/v1/realtime/client_secrets', { session: { type: 'realtime' } })
    const { value, owner } = JSON.parse(first.text) as { value: string; owner: string }
    const second = await post(proxy, '/v1/chat/completions', say(`my key is ${value}, I am ${owner}`))
    const third = await post(proxy, `/v1/files/${encodeURIComponent(owner)}`, { nested: JSON.stringify({ key: value }) })
    expect([first.status, second.status, third.status]).toEqual([200, 200, 200])
    return { got: `${value} ${owner}`, texts: [first.text, second.text, third.text] }
  }

  test('has one placeholder everywhere, and fits in replay; numbering goes on when more is recorded', async () => {
    await using folder = await temporaryFolder()
    const record = async (secret: string): Promise<void> => {
      await using upstream = await startUpstream(
        answers({ value: secret, owner: mail }, { id: 'chat' }, { id: `file of ${mail}` })
      )
      await using proxy = await startProxy(options(folder, upstream.url, { mode: 'record', redact }))
      const { got } = await converse(proxy)
      expect(got).toBe(`${secret} ${mail}`)
      expect(upstream.requests.map(({ url }) => decodeURIComponent(url)).at(-1)).toContain(mail)
    }
    await record(key)
    const once = await readFile(folder.file('tape.yaml'), 'utf8')
    expect(new Set(once.match(/<[a-z-]+:\d+>/g))).toEqual(new Set(['<openai-session:1>', '<email:1>']))
    expect(once.match(/<openai-session:1>/g)).toHaveLength(3)
    expect(once.match(/<email:1>/g)!.length).toBeGreaterThanOrEqual(4)
    // Started again: the cassette does not know its secrets any more, so those of the new run get numbers of their own.
    await record(later)
    const both = await readFile(folder.file('tape.yaml'), 'utf8')
    expect(both.startsWith(once)).toBe(true)
    expect(new Set(both.slice(once.length).match(/<[a-z-]+:\d+>/g))).toEqual(new Set(['<openai-session:2>', '<email:2>']))
    for (const secret of [key, later]) expect(findCanary(both, secret)).toEqual([])
    expect(both).not.toContain(mail)

    await using proxy = await startProxy(options(folder, UPSTREAM_DOWN, { mode: 'replay', redact }))
    const [first, second] = [await converse(proxy), await converse(proxy)]
    expect([first.got, second.got]).toEqual(['<openai-session:1> <email:1>', '<openai-session:2> <email:2>'])
    expect(first.texts[2]).toBe('{"id":"file of <email:1>"}')
  })

  test('that only a field gives away is hidden in the address of the next one', async () => {
    await using folder = await temporaryFolder()
    const secret = 'Zx9' + 'q7Kp2'.repeat(4)
    const ask = async (proxy: Proxy): Promise<string> => {
      const { client_secret: value } = JSON.parse((await post(proxy, '/v1/realtime/sessions', {})).text) as {
        client_secret: string
      }
      const next = await post(proxy, `/v1/files/${value}`, {})
      expect(next.status).toBe(200)
      return value
    }
    {
      await using upstream = await startUpstream(answers({ client_secret: secret }, { id: 'x' }))
      await using proxy = await startProxy(options(folder, upstream.url, { mode: 'record' }))
      expect(await ask(proxy)).toBe(secret)
    }
    const tape = await readFile(folder.file('tape.yaml'), 'utf8')
    expect(tape).not.toContain(secret)
    expect(tape).toContain('/v1/files/<credential:1>')
    await using proxy = await startProxy(options(folder, UPSTREAM_DOWN, { mode: 'replay' }))
    expect(await ask(proxy)).toBe('<credential:1>')
  })
})

describe("a user's redactors", () => {
  const customer = defineRedactor({
    name: 'customer',
    find: (text) => Array.from(text.matchAll(/C-\d{4}/g), ({ 0: match, index }) => ({ start: index, end: index + match.length }))
  })

  test('hold for cassette, log and list; a replay with the same settings finds what they hid', async () => {
    await using folder = await temporaryFolder()
    const redact = {
      fields: ['metadata.user_id'],
      redactors: [customer],
      patterns: [{ name: 'order', pattern: 'O-[0-9]{4}' }],
      names: ['Ada Lovelace']
    }
    const asked = (id: string): object => ({ ...say('C-1234 ordered O-7777 for ada lovelace'), metadata: { user_id: id } })
    const kept: string[] = []
    {
      await using upstream = await startUpstream(answers({ id: 'ok', note: 'C-1234' }))
      await using proxy = await startProxy(options(folder, upstream.url, { mode: 'record', redact }))
      await post(proxy, '/v1/chat/completions', asked('u-1'))
      expect(Buffer.from(upstream.requests[0]!.body).toString()).toContain('C-1234 ordered O-7777 for ada lovelace')
      kept.push(JSON.stringify(proxy.exchanges))
    }
    kept.push(await readFile(folder.file('tape.yaml'), 'utf8'), await readFile(folder.file('all.log'), 'utf8'))
    for (const text of kept) {
      expect(text).toContain('<secret-customer:1> ordered <secret-order:1> for <person-name:1>')
      expect(text).not.toMatch(/C-\d|O-\d|lovelace|u-1/)
    }
    await using proxy = await startProxy(options(folder, UPSTREAM_DOWN, { mode: 'replay', redact }))
    expect((await post(proxy, '/v1/chat/completions', asked('u-2'))).text).toBe('{"id":"ok","note":"<secret-customer:1>"}')
  })

  test('that fail keep nothing: no recording, a log line without a text, and the client has its answer', async () => {
    await using folder = await temporaryFolder()
    const secret = 'a-text-that-must-stay-here'
    const broken = defineRedactor({
      name: 'broken',
      find(text) {
        if (text.includes(secret)) throw new TypeError(`cannot look at ${text}`)
        return []
      }
    })
    const reports: string[] = []
    const settings = { redact: { redactors: [broken] }, report: (line: string): void => void reports.push(line) }
    await using upstream = await startUpstream(answers({ id: 'fine' }))
    let shown: string
    {
      await using proxy = await startProxy(options(folder, upstream.url, { mode: 'record', ...settings }))
      expect(await post(proxy, '/v1/chat/completions', say(secret))).toEqual({ status: 200, text: '{"id":"fine"}' })
      expect((await post(proxy, '/v1/chat/completions', say('harmless'))).status).toBe(200)
      expect(proxy.exchanges).toMatchObject([
        {
          endpoint: 'POST /v1/chat/completions',
          request: { body: expect.stringMatching(/^\[withheld: The redactor broken failed: it threw a TypeError\./) }
        },
        { endpoint: 'POST /v1/chat/completions', request: { body: say('harmless') } }
      ])
      await post(proxy, `/v1/files/${secret}`, {})
      expect(proxy.exchanges[2]).toMatchObject({
        level: 'ERROR',
        endpoint: '[withheld]',
        status: 200,
        error: { code: 'redaction_failed' },
        request: { method: 'POST', path: '[withheld]' }
      })
      shown = JSON.stringify(proxy.exchanges)
    }
    const tape = await readFile(folder.file('tape.yaml'), 'utf8')
    const log = await readFile(folder.file('all.log'), 'utf8')
    expect(tape.match(/^key:/gm)).toHaveLength(1)
    expect(log.trim().split('\n')).toHaveLength(3)
    expect(reports.join('\n')).toContain('The redactor broken failed: it threw a TypeError')
    expect([tape, log, shown, ...reports].join('\n')).not.toContain(secret)

    await using proxy = await startProxy(options(folder, UPSTREAM_DOWN, { mode: 'replay', ...settings }))
    const refused = await post(proxy, '/v1/chat/completions', say(secret))
    expect(refused.status).toBe(500)
    expect(refused.text).toContain('internal_error')
    expect(refused.text + reports.join('\n')).not.toContain(secret)
    expect((await post(proxy, '/v1/chat/completions', say('harmless'))).status).toBe(200)
  })
})

describe('the environment', () => {
  test('gives values that are kept nowhere, also through startProxy()', async () => {
    await using folder = await temporaryFolder()
    const value = canary('plain', 'environment')
    process.env['ACME_TEST_TOKEN'] = value
    try {
      await using upstream = await startUpstream(answers({ id: value }))
      await using proxy = await startProxy(
        options(folder, upstream.url, { mode: 'record', proxyTokens: { me: 'this-is-my-token', you: 'this-is-your-token' } })
      )
      const response = await fetch(`${proxy.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer this-is-my-token' },
        body: JSON.stringify(say(`use ${value} and this-is-your-token`))
      })
      expect(await response.text()).toContain(value)
      await proxy.close()
      const kept = `${await readFile(folder.file('tape.yaml'), 'utf8')}${await readFile(folder.file('all.log'), 'utf8')}`
      expect(findCanary(kept, value)).toEqual([])
      expect(kept).toContain('<secret-acme-test-token:1>')
      expect(kept).not.toContain('this-is-your-token')
      expect(kept).toContain('<proxy-token:')
    } finally {
      delete process.env['ACME_TEST_TOKEN']
    }
  })
})
