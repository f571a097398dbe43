/** Early hints of an API, live, recorded and replayed: seen on raw sockets. */
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProxy, type Proxy } from '../../src/index.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const BODY = '{"model":"gpt-4o","messages":[{"role":"user","content":"hints"}]}'
const REQUEST = `POST /openai/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`
const HINT = '</v1/files/abc>; rel=preload, <https://files.example/x?sig=c2VjcmV0LXNpZ25hdHVyZQ&part=1>; rel=preload'
const ANSWER = '{"id":"chatcmpl-1","object":"chat.completion","choices":[]}'

/** Gives what came until the answer's head was there, and then all of it. */
async function talk(proxy: Proxy): Promise<{ readonly before: string; readonly whole: string }> {
  const socket: Socket = connect(Number(new URL(proxy.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(REQUEST)
  let whole = ''
  for await (const chunk of socket) whole += (chunk as Buffer).toString('latin1')
  return { before: whole.slice(0, whole.indexOf('HTTP/1.1 200')), whole }
}

describe('early hints', () => {
  let upstream: LocalUpstream
  let folder: TemporaryFolder
  /** Lets the upstream answer. */
  let answer = (): void => undefined
  let waits = false
  beforeAll(async () => {
    folder = await temporaryFolder()
    upstream = await startUpstream(async (request, response) => {
      await request.whole
      response.writeEarlyHints({ link: HINT.split(', '), 'x-request-id': 'req_early', 'x-edge': 'noise' })
      if (waits) await new Promise<void>((done) => (answer = done))
      response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER)
    })
  })
  afterAll(async () => {
    await upstream.close()
    await folder[Symbol.asyncDispose]()
  })
  const options = (): { readonly openaiApiBaseUrl: string; readonly cassette: string } => {
    return { openaiApiBaseUrl: `${upstream.url}/v1`, cassette: folder.file('hints.yaml') }
  }

  it('reach a client before the API has answered', async () => {
    await using proxy = await startProxy({ mode: 'live', ...options() })
    waits = true
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write(REQUEST)
    const [first] = (await once(socket, 'data')) as [Buffer]
    waits = false
    expect(first.toString()).toMatch(/^HTTP\/1\.1 103 Early Hints\r\n[^]*sig=c2VjcmV0LXNpZ25hdHVyZQ[^]*\r\n\r\n$/)
    answer()
    let rest = ''
    for await (const chunk of socket) rest += (chunk as Buffer).toString()
    expect(rest).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('are recorded, redacted, and replayed, at their time', async () => {
    const { cassette } = options()
    {
      await using proxy = await startProxy({ mode: 'record', ...options() })
      const { before } = await talk(proxy)
      expect(before).toContain('sig=c2VjcmV0LXNpZ25hdHVyZQ')
    }
    const text = await readFile(cassette, 'utf8')
    expect(text).toMatch(/^response:\n {2}interim:\n {4}- status: 103\n {6}headers:\n/m)
    expect(text).toContain('sig=<credential:1>&part=1>; rel=preload')
    expect(text).not.toMatch(/c2VjcmV0|noise/)
    expect(text).toMatch(/^ {2}timing: \(\d+\) \d+/m)
    // The times are told apart on any machine.
    await writeFile(cassette, text.replace(/^ {2}timing: .*$/m, '  timing: (20) 400'))
    await using proxy = await startProxy({ mode: 'replay', speed: 'recorded', cassette })
    const startedAt = performance.now()
    const { before, whole } = await talk(proxy)
    expect(performance.now() - startedAt).toBeGreaterThan(350)
    expect(before).toMatch(/^HTTP\/1\.1 103 Early Hints\r\n/i)
    expect(before).toMatch(/link: <\/v1\/files\/abc>; rel=preload/i)
    expect(before).toMatch(/x-request-id: req_early/i)
    expect(whole.endsWith(ANSWER)).toBe(true)
    expect(proxy.exchanges.at(-1)).toMatchObject({ source: 'tape', status: 200 })
  })

  it('hurt no client that has no way to see them', async () => {
    const { cassette } = options()
    await using proxy = await startProxy({ mode: 'replay', cassette, listen: false })
    const response = await proxy.fetch(`${proxy.openaiBaseURL}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: BODY
    })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(ANSWER)
  })

  it('that somebody edited so that they cannot be sent are left out, and told', async () => {
    const { cassette } = options()
    const text = await readFile(cassette, 'utf8')
    await writeFile(cassette, text.replace(/^ {8}x-request-id: .*$/m, String.raw`        x-request-id: "a\r\nset-cookie: b"`))
    const reports: string[] = []
    await using proxy = await startProxy({ mode: 'replay', cassette, report: (line) => reports.push(line) })
    const { whole } = await talk(proxy)
    expect(whole).toMatch(/^HTTP\/1\.1 200 /)
    expect(whole).not.toContain('set-cookie')
    expect(reports.join('\n')).toContain('The interim answer 103')
  })

  it('with a status that is none are an error with its line', async () => {
    const { cassette } = options()
    const text = await readFile(cassette, 'utf8')
    await writeFile(cassette, text.replace('- status: 103', '- status: 100'))
    await expect(startProxy({ mode: 'replay', cassette })).rejects.toThrow(/response\.interim\[0\]\.status.*102 to 199/)
  })
})
