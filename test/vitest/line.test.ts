/** The ways to the proxy: by a thread, whose answers come whether one awaits or not, and by what a page has. */
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openTestSession, type Line, type LineRequest } from '../../src/vitest/line.ts'
import { createPageLine } from '../../src/vitest/page-line.ts'
import { createThreadLine } from '../../src/vitest/thread-line.ts'

/** Says what it was asked. In a thread: whoever asks without awaiting, blocks this one. */
const SERVER = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:http').createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += piece)).on('end', () => {
      if (request.url === '/cut') return request.socket.destroy()
      const answer = () => response.writeHead(request.url === '/no' ? 404 : 200).end(request.method + ' ' + request.url + ' ' + body)
      setTimeout(answer, request.url === '/slow' ? 200 : 0)
    })
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`
let server: Worker
let url: string

beforeAll(async () => {
  server = new Worker(SERVER, { eval: true })
  url = `http://127.0.0.1:${await new Promise<number>((done) => server.once('message', done))}`
})
afterAll(async () => void (await server.terminate()))

describe('the line of a thread', () => {
  it('asks, with and without awaiting, in any order', async () => {
    const line = createThreadLine()
    const slow = line.ask({ method: 'POST', url: `${url}/slow`, body: 'a ü' })
    const late = line.ask({ method: 'GET', url: `${url}/no` })
    expect(line.askNow({ method: 'GET', url: `${url}/now` })).toEqual({ status: 200, text: 'GET /now ' })
    expect(line.askNow({ method: 'DELETE', url: `${url}/slow` })).toEqual({ status: 200, text: 'DELETE /slow ' })
    expect(await late).toEqual({ status: 404, text: 'GET /no ' })
    expect(await slow).toEqual({ status: 200, text: 'POST /slow a ü' })
  })

  it('is not touched by stubs and clocks of a test', async () => {
    const line = createThreadLine()
    vi.useFakeTimers()
    vi.stubGlobal('fetch', () => Promise.reject(new Error('no network here')))
    try {
      expect(await line.ask({ method: 'GET', url: `${url}/slow` })).toMatchObject({ status: 200 })
      expect(line.askNow({ method: 'GET', url: `${url}/slow` })).toMatchObject({ status: 200 })
    } finally {
      vi.useRealTimers()
      vi.unstubAllGlobals()
    }
  })

  it('tells why there is no answer', async () => {
    const line = createThreadLine()
    expect(line.askNow({ method: 'GET', url: `${url}/cut` })).toEqual({
      status: 0,
      text: expect.stringMatching(/hang up|ECONNRESET/)
    })
    expect(await line.ask({ method: 'GET', url: 'http://127.0.0.1:1' })).toMatchObject({ status: 0 })
  })
})

describe('the line of a page', () => {
  class FakeRequest {
    status = 0
    responseText = ''
    private asked = ''
    open(method: string, address: string, isAsync: boolean): void {
      this.asked = `${method} ${address} ${isAsync}`
    }
    send(): void {
      if (this.asked.includes('gone')) throw new Error('network')
      this.status = 200
      this.responseText = this.asked
    }
  }

  it('asks by fetch, and without awaiting by a request that waits', async () => {
    const line = createPageLine({ fetch: globalThis.fetch, XMLHttpRequest: FakeRequest })
    expect(await line.ask({ method: 'POST', url: `${url}/x`, body: 'b' })).toEqual({ status: 200, text: 'POST /x b' })
    expect(await line.ask({ method: 'GET', url: 'http://127.0.0.1:1' })).toMatchObject({
      status: 0,
      text: expect.stringContaining('failed')
    })
    expect(line.askNow({ method: 'GET', url: 'http://a' })).toEqual({ status: 200, text: 'GET http://a false' })
    expect(line.askNow({ method: 'GET', url: 'http://gone' })).toEqual({ status: 0, text: 'Error: network' })
  })
})

describe('a session over a line', () => {
  const scripted = (status: number, text: string): Line & { readonly asked: LineRequest[] } => {
    const asked: LineRequest[] = []
    const answer = (request: LineRequest): { readonly status: number; readonly text: string } => {
      asked.push(request)
      return { status, text }
    }
    return { asked, ask: async (request) => answer(request), askNow: answer }
  }

  it('is opened, read, closed, and remembered', async () => {
    const line = scripted(200, '{"id":"s-1","url":"u","title":"t"}')
    const session = await openTestSession(line, 'http://p', { cassette: 'a', mode: undefined })
    expect(session.url).toBe('u')
    expect(session.now()).toMatchObject({ title: 't' })
    await session.close('failed')
    session.now()
    expect(line.asked).toEqual([
      { method: 'POST', url: 'http://p/_proxy/sessions', body: '{"cassette":"a"}' },
      { method: 'GET', url: 'http://p/_proxy/sessions/s-1' },
      { method: 'DELETE', url: 'http://p/_proxy/sessions/s-1?outcome=failed' }
    ])
  })

  it.each([
    [0, 'ECONNREFUSED', 'does not answer at http://p/_proxy/sessions: ECONNREFUSED'],
    [400, '{"error":{"message":"no name"}}', 'no name'],
    [500, '{}', 'answered 500: {}']
  ])('says what is wrong: %i', async (status, text, message) => {
    await expect(openTestSession(scripted(status, text), 'http://p', { cassette: 'a' })).rejects.toThrow(message)
  })
})
