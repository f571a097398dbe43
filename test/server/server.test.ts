/** The server on both of its ways: requests in, answers out, byte for byte. */
import { request as httpRequest, Agent } from 'node:http'
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { CancelSignal } from '../../src/http/cancel.ts'
import type { HttpRequest } from '../../src/http/message.ts'
import { nothing, open, startRig, talk, text, until, WAYS, type Answer, type Rig } from './rig.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe.each(WAYS)('by way of the %s', (way) => {
  async function rig(answer: Answer, more: Parameters<typeof startRig>[2] = {}): Promise<Rig> {
    const made = await startRig(way, answer, more)
    closers.push(() => made.server.close())
    return made
  }

  it('a request arrives as it was sent', async () => {
    let seen: HttpRequest | undefined
    const { server } = await rig((request) => {
      seen = request
      return nothing
    })
    await talk(
      server.port,
      'POST /v1/x?a=%20b&c HTTP/1.1\r\nhOsT: localhost\r\nX-b: 1\r\nx-B: caf\xe9\r\nAUTHORIZATION: Bearer t\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc'
    )
    expect(seen).toMatchObject({ method: 'POST', url: '/v1/x?a=%20b&c' })
    expect(seen!.headers).toEqual([
      ['hOsT', 'localhost'],
      ['X-b', '1'],
      ['x-B', expect.stringMatching(/^caf./)],
      ['AUTHORIZATION', 'Bearer t'],
      ['Content-Length', '3'],
      ['Connection', 'close']
    ])
    expect(Buffer.from(seen!.body).toString()).toBe('abc')
  })

  it('chunked and encoded bodies are read whole, and not decoded', async () => {
    const sent = gzipSync(Buffer.alloc(300_000, 'abc'))
    const seen: Uint8Array[] = []
    const { server } = await rig((request) => {
      seen.push(request.body)
      return nothing
    })
    const upload = new ReadableStream({
      start(controller) {
        for (let at = 0; at < sent.byteLength; at += 100) controller.enqueue(sent.subarray(at, at + 100))
        controller.close()
      }
    })
    await fetch(`${server.url}/v1/x`, {
      method: 'POST',
      body: upload,
      duplex: 'half',
      headers: { 'content-encoding': 'gzip' }
    } as RequestInit)
    await fetch(`${server.url}/v1/x`, { method: 'POST', body: sent })
    expect(seen.map((body) => Buffer.from(body).equals(sent))).toEqual([true, true])
  })

  it('an answer goes out as it is: status, header order and case, repeats, bytes', async () => {
    const body = Buffer.from([0, 255, 10, 13, 128])
    const headers = [
      ['X-B', '1'],
      ['x-a', 'caf\u00e9'],
      ['Set-Cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['DATE', 'Mon, 01 Jan 2024 00:00:00 GMT'],
      ['Content-Length', '5'],
      ['Connection', 'x-hop'],
      ['Transfer-Encoding', 'identity']
    ] as const
    const { server } = await rig(() => ({ status: 418, headers, body }))
    const answer = await talk(server.port, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const [head, rest] = [answer.slice(0, answer.indexOf('\r\n\r\n')), answer.slice(answer.indexOf('\r\n\r\n') + 4)]
    expect(head.split('\r\n')).toEqual([
      "HTTP/1.1 418 I'm a Teapot",
      'X-B: 1',
      'x-a: caf\u00e9',
      'Set-Cookie: a=1',
      'set-cookie: b=2',
      'DATE: Mon, 01 Jan 2024 00:00:00 GMT',
      'Content-Length: 5',
      'Connection: close'
    ])
    expect(Buffer.from(rest, 'latin1').equals(body)).toBe(true)
  })

  it('a stream is seen chunk by chunk, headers before the first of them', async () => {
    let send!: (chunk: string | undefined) => void
    let turn = new Promise<string | undefined>((resolve) => (send = resolve))
    const { server } = await rig(() => ({
      status: 200,
      headers: [['content-type', 'text/event-stream']],
      body: (async function* () {
        for (let chunk = await turn; chunk !== undefined; chunk = await turn) {
          turn = new Promise((resolve) => (send = resolve))
          yield Buffer.from(chunk)
        }
      })()
    }))
    const response = await fetch(`${server.url}/v1/x`)
    const reader = response.body!.getReader()
    for (const chunk of ['data: one\n\n', 'data: two\r\n\r\n', 'x']) {
      send(chunk)
      expect(Buffer.from((await reader.read()).value!).toString()).toBe(chunk)
    }
    send(undefined)
    expect((await reader.read()).done).toBe(true)
  })

  it("the client's leaving aborts the pipeline: before the answer, and within it", async () => {
    const signals: CancelSignal[] = []
    const { server } = await rig((request, signal) => {
      signals.push(signal)
      if (request.url === '/wait') return new Promise(() => undefined)
      return {
        status: 200,
        headers: [],
        body: (async function* () {
          yield Buffer.from('first')
          await new Promise(() => undefined)
        })()
      }
    })
    const first = new AbortController()
    const waiting = fetch(`${server.url}/wait`, { method: 'POST', body: '{}', signal: first.signal }).catch(() => undefined)
    await until(() => signals.length === 1)
    first.abort()
    await waiting
    await until(() => signals[0]!.aborted)
    const second = new AbortController()
    const response = await fetch(`${server.url}/stream`, { signal: second.signal })
    await response.body!.getReader().read()
    expect(signals[1]!.aborted).toBe(false)
    second.abort()
    await until(() => signals[1]!.aborted)
  })

  it('an answer that went out whole is no abort', async () => {
    let signal: CancelSignal | undefined
    const { server } = await rig((_request, given) => {
      signal = given
      return text(200, 'ok')
    })
    await talk(server.port, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect(signal!.aborted).toBe(false)
  })

  it('a client that leaves in mid-upload is not answered', async () => {
    let asked = 0
    const { server } = await rig(() => {
      asked++
      return nothing
    })
    const socket = await open(server.port)
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nsome')
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await fetch(server.url)
    expect(asked).toBe(1)
  })

  it('a slow client holds the source back', async () => {
    let given = 0
    const { server } = await rig(() => ({
      status: 200,
      headers: [],
      body: (async function* () {
        for (const block = Buffer.alloc(64 * 1024); given < 200 * 1024 * 1024; given += block.byteLength) yield block
      })()
    }))
    const socket = await open(server.port)
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await until(() => given > 0)
    for (let last = -1; last !== given; await new Promise((resolve) => setTimeout(resolve, 200))) last = given
    expect(given).toBeLessThan(32 * 1024 * 1024)
    socket.destroy()
  })

  it('a body that breaks ends the connection, not the answer', async () => {
    const { server } = await rig(() => ({
      status: 200,
      headers: [],
      body: (async function* () {
        yield Buffer.from('some')
        await new Promise((resolve) => setTimeout(resolve, 20))
        throw new Error('broken')
      })()
    }))
    const answer = await talk(server.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(answer).toMatch(/4\r\nsome\r\n$/)
    await expect(fetch(server.url).then((response) => response.text())).rejects.toThrow()
  })

  it.each([
    ['short', '10', 'some'],
    ['long', '2', 'some']
  ])('a body that is too %s for its length breaks too', async (_name, length, body) => {
    const { server } = await rig(() => ({
      status: 200,
      headers: [['content-length', length]],
      body: (async function* () {
        yield Buffer.from(body)
      })()
    }))
    const answer = await talk(server.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(answer.split('\r\n\r\n')[1] ?? '').toBe(body.length > Number(length) ? '' : body)
  })

  it('a stale length on bytes at hand is put right', async () => {
    const { server } = await rig(() => ({ status: 200, headers: [['Content-Length', '99']], body: Buffer.from('four') }))
    expect(await (await fetch(server.url)).text()).toBe('four')
  })

  it('no body for HEAD, 204 and 304; their streams are read to the end', async () => {
    let ended = 0
    const { server } = await rig((request) => ({
      status: Number(request.url.slice(1)),
      headers: request.method === 'HEAD' ? [['content-length', '1234']] : [],
      body: (async function* () {
        yield Buffer.from('body')
        ended++
      })()
    }))
    for (const [method, url] of [
      ['HEAD', '/200'],
      ['GET', '/204'],
      ['GET', '/304']
    ]) {
      const answer = await talk(server.port, `${method} ${url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
      expect(answer.endsWith('\r\n\r\n')).toBe(true)
      expect(answer.includes('content-length: 1234')).toBe(method === 'HEAD')
    }
    await until(() => ended === 3)
  })

  it('trailers follow the body', async () => {
    const { server } = await rig(() => ({
      status: 200,
      headers: [],
      body: (async function* () {
        yield Buffer.from('body')
      })(),
      trailers: () => [
        ['X-Sum', '42'],
        ['X-More', '1']
      ]
    }))
    const answer = await talk(server.port, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/0\r\nX-Sum: 42\r\nX-More: 1\r\n\r\n$/)
  })

  it('one connection serves many requests', async () => {
    const { server } = await rig((request) => text(200, Buffer.from(request.body).toString()))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number>()
    for (let i = 0; i < 4; i++) {
      const request = httpRequest(server.url, { agent, method: 'POST' }).end(String(i))
      const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer>]
      ports.add(request.socket!.localPort!)
      expect(String((await response[Symbol.asyncIterator]().next()).value)).toBe(String(i))
      await new Promise((resolve) => setImmediate(resolve))
    }
    agent.destroy()
    expect(ports.size).toBe(1)
  })

  it('the local answers come first', async () => {
    const { server } = await rig(() => text(200, 'pipeline'), {
      local: ({ url }) => (url === '/health' ? text(200, 'local') : undefined)
    })
    expect(await (await fetch(`${server.url}/health`)).text()).toBe('local')
    expect(await (await fetch(`${server.url}/other`)).text()).toBe('pipeline')
  })

  describe('a body over the limit', () => {
    it('is refused by its length alone, and the client in mid-upload gets the answer', async () => {
      const { server, refused } = await rig(() => text(200, 'no'))
      const socket = await open(server.port)
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.write(`POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${10 * 1024 ** 3}\r\n\r\n`)
      let sent = 0
      const block = Buffer.alloc(64 * 1024)
      const push = (): void => {
        while (!socket.destroyed && sent < 1024 ** 3) {
          sent += block.byteLength
          if (!socket.write(block)) return void socket.once('drain', push)
        }
      }
      push()
      await once(socket, 'close')
      expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 413 [^]*body_too_large[^]*/)
      expect(sent).toBeLessThan(512 * 1024 * 1024)
      expect(refused).toMatchObject([
        { error: { code: 'body_too_large', status: 413, retry: false }, request: { method: 'POST', url: '/v1/x' } }
      ])
    })

    it('is refused in chunks too, once it passes the limit', async () => {
      let asked = 0
      const { server, refused } = await rig(() => text(200, String(asked++)))
      const part = `${(256 * 1024).toString(16)}\r\n${'a'.repeat(256 * 1024)}\r\n`
      const answer = await talk(
        server.port,
        `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${part.repeat(5)}0\r\n\r\n`
      )
      expect(answer).toMatch(/^HTTP\/1\.1 413 /)
      expect(refused).toHaveLength(1)
      expect(asked).toBe(0)
    })

    it('at the limit is not over it', async () => {
      const { server } = await rig((request) => text(200, String(request.body.byteLength)))
      const response = await fetch(server.url, { method: 'POST', body: Buffer.alloc(1024 * 1024) })
      expect(await response.text()).toBe(String(1024 * 1024))
    })
  })

  it('100-continue is said before the body is read, and not where it is refused', async () => {
    const { server } = await rig((request) => text(200, Buffer.from(request.body).toString()))
    const socket = await open(server.port)
    let heard = ''
    socket.on('data', (chunk) => (heard += String(chunk)))
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n')
    await until(() => heard.includes('\r\n\r\n'))
    expect(heard).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    socket.write('abc')
    await once(socket, 'close')
    expect(heard).toMatch(/200 OK[^]*abc$/)
    const refused = await talk(
      server.port,
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${1024 ** 3}\r\nExpect: 100-continue\r\n\r\n`
    )
    expect(refused).toMatch(/^HTTP\/1\.1 413/)
  })

  describe('HTTP/2 without TLS', () => {
    function session(url: string): ClientHttp2Session {
      const made = connectHttp2(url)
      made.on('error', () => undefined)
      closers.push(() => made.destroy())
      return made
    }

    it('request and answer, without the pseudo-headers', async () => {
      let seen: HttpRequest | undefined
      const { server } = await rig((request) => {
        seen = request
        return {
          ...text(200, 'two', [
            ['Set-Cookie', 'a=1'],
            ['set-cookie', 'b=2'],
            ['connection', 'close']
          ]),
          trailers: () => [['X-Sum', '1']]
        }
      })
      const stream = session(server.url).request({ ':method': 'POST', ':path': '/v1/x?a=b', 'x-own': '1' })
      stream.end('body')
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
      let trailers: Record<string, unknown> = {}
      stream.on('trailers', (given: Record<string, unknown>) => (trailers = given))
      let body = ''
      for await (const chunk of stream) body += String(chunk)
      expect(headers).toMatchObject({ ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'content-length': '3' })
      expect(headers).not.toHaveProperty('connection')
      expect(body).toBe('two')
      expect(trailers).toMatchObject({ 'x-sum': '1' })
      expect(seen).toMatchObject({ method: 'POST', url: '/v1/x?a=b' })
      expect(seen!.headers.some(([name]) => name.startsWith(':'))).toBe(false)
      expect(Buffer.from(seen!.body).toString()).toBe('body')
    })

    it('a large body whole, however slowly it is read', async () => {
      const block = Buffer.alloc(64 * 1024, 'abc')
      const { server } = await rig(() => ({
        status: 200,
        headers: [],
        body: (async function* () {
          for (let i = 0; i < 128; i++) yield block
        })()
      }))
      const stream = session(server.url).request({ ':path': '/' })
      let size = 0
      for await (const chunk of stream) {
        size += (chunk as Buffer).byteLength
        if (size % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      expect(size).toBe(128 * block.byteLength)
    })

    it('streams, aborts, and a body that breaks', async () => {
      let signal: CancelSignal | undefined
      const { server } = await rig((request, given) => {
        signal = given
        return {
          status: 200,
          headers: [],
          body: (async function* () {
            yield Buffer.from('first')
            if (request.url === '/breaks') throw new Error('broken')
            await new Promise(() => undefined)
          })()
        }
      })
      const client = session(server.url)
      const stream = client.request({ ':path': '/' })
      expect(String((await once(stream, 'data'))[0])).toBe('first')
      stream.close(8)
      await until(() => signal!.aborted)
      const broken = client.request({ ':path': '/breaks' })
      broken.resume()
      await expect(once(broken, 'end')).rejects.toThrow(/INTERNAL_ERROR/)
    })

    it('a foreign authority, a body over the limit and CONNECT are refused', async () => {
      const { server, refused } = await rig(() => text(200, 'no'))
      const client = session(server.url)
      const foreign = client.request({ ':authority': 'evil.example' })
      foreign.resume()
      expect((await once(foreign, 'response'))[0]).toMatchObject({ ':status': 403 })
      const large = client.request({ ':method': 'POST', ':path': '/' })
      large.on('error', () => undefined)
      large.resume()
      large.end(Buffer.alloc(3 * 1024 * 1024))
      expect((await once(large, 'response'))[0]).toMatchObject({ ':status': 413 })
      const tunnel = client.request({ ':method': 'CONNECT', ':authority': 'example.com:443' })
      tunnel.resume()
      expect((await once(tunnel, 'response'))[0]).toMatchObject({ ':status': 403 })
      expect(refused.map(({ error }) => error.code)).toEqual(['host_not_allowed', 'body_too_large', 'relay_refused'])
    })
  })

  it('HTTP/1.1 that offers HTTP/2 is served as HTTP/1.1', async () => {
    const seen: string[] = []
    const { server } = await rig((request) => {
      seen.push(`${request.url} ${Buffer.from(request.body).toString()} ${request.headers.length}`)
      return text(200, 'plain')
    })
    const answer = await talk(
      server.port,
      'POST /v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 4\r\n\r\nbodyGET /end HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
    )
    expect(answer.match(/200 OK/g)).toHaveLength(2)
    expect(seen.sort()).toEqual(['/end  2', '/v1/x body 2'])
  })

  describe('browsers', () => {
    it("pages of localhost can read answers and refusals; the upstream's own CORS does not count", async () => {
      const { server } = await rig(() =>
        text(200, 'ok', [
          ['Access-Control-Allow-Origin', 'https://platform.example'],
          ['x-request-id', 'r']
        ])
      )
      for (const init of [{}, { method: 'POST', body: Buffer.alloc(2 * 1024 * 1024) }]) {
        const response = await fetch(server.url, { ...init, headers: { origin: 'http://localhost:3000' } })
        expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
        expect(response.headers.get('vary')).toContain('origin')
        expect(response.headers.get('access-control-expose-headers')).toContain('x-request-id')
      }
    })

    it('preflights are answered, foreign pages refused and logged', async () => {
      let asked = 0
      const { server, refused } = await rig(() => text(200, String(asked++)))
      const headers = {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization'
      }
      expect((await fetch(server.url, { method: 'OPTIONS', headers })).status).toBe(204)
      for (const origin of ['https://evil.example', 'null']) {
        const response = await fetch(server.url, { method: 'POST', body: '{}', headers: { origin } })
        expect(response.status).toBe(403)
        expect(response.headers.has('access-control-allow-origin')).toBe(false)
      }
      expect(refused.map(({ error }) => error.code)).toEqual(['origin_not_allowed', 'origin_not_allowed'])
      expect(asked).toBe(0)
    })
  })

  describe('never a relay', () => {
    it.each([
      ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n', 403, 'relay_refused'],
      ['CONNECT to itself', 'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n', 403, 'relay_refused'],
      [
        'the absolute form',
        'GET http://example.com/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
        403,
        'relay_refused'
      ],
      [
        'the absolute form with its own Host',
        'GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n',
        403,
        'relay_refused'
      ],
      [
        'a WebSocket',
        'GET /v1/realtime HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
        403,
        'upgrade_refused'
      ],
      ['SOCKS 5', Buffer.from([5, 1, 0]), 403, 'relay_refused'],
      ['SOCKS 4', Buffer.from([4, 1, 1, 187, 93, 184, 216, 34, 0]), 403, 'relay_refused'],
      ['gibberish', 'hello there\r\n\r\n', 400, 'bad_http'],
      ['too many headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`, 431, 'headers_too_large']
    ])('%s is refused, with a reason', async (_name, bytes, status, code) => {
      const { server, refused } = await rig(() => text(200, 'no'))
      const answer = await talk(server.port, bytes)
      expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`)
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ error: { code } })
      expect(refused).toHaveLength(1)
    })

    it('TLS bytes end the connection', async () => {
      const { server } = await rig(() => text(200, 'no'))
      expect(await talk(server.port, Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]))).toBe('')
    })

    it('a request to a foreign Host is refused with its upload unread', async () => {
      const { server } = await rig(() => text(200, 'no'))
      const answer = await talk(server.port, 'POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 900000\r\n\r\nabc')
      expect(answer).toMatch(/^HTTP\/1\.1 403 [^]*connection: close[^]*host_not_allowed/i)
    })
  })

  it('an answer that cannot be written is a 500, and the operator is told', async () => {
    const { server, reports } = await rig(() => ({ status: 200, headers: [['x-odd', 'a\nb']], body: Buffer.from('x') }))
    const response = await fetch(server.url)
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ error: { code: 'internal_error' } })
    expect(reports).toHaveLength(1)
  })

  it('close() frees the port, ends idle connections at once and running ones soon', async () => {
    const signals: CancelSignal[] = []
    const made = await startRig(way, (request, signal) => {
      signals.push(signal)
      return request.url === '/wait' ? new Promise(() => undefined) : text(200, 'ok')
    })
    const idle = await open(made.server.port)
    const gone = once(idle, 'close')
    const waiting = fetch(`${made.server.url}/wait`).catch(() => 'ended')
    await until(() => signals.length === 1)
    const closing = made.server.close()
    await gone
    await Promise.all([closing, made.server.close()])
    expect(await waiting).toBe('ended')
    expect(signals[0]!.aborted).toBe(true)
    const again = createServer()
    await new Promise<void>((resolve, reject) => again.on('error', reject).listen(made.server.port, '127.0.0.1', resolve))
    await new Promise((resolve) => again.close(resolve))
  })

  it('close() lets a running answer end', async () => {
    let asked = 0
    const made = await startRig(way, async () => {
      asked++
      await new Promise((resolve) => setTimeout(resolve, 100))
      return text(200, 'whole')
    })
    const answer = fetch(made.server.url).then((response) => response.text())
    await until(() => asked === 1)
    await made.server.close()
    expect(await answer).toBe('whole')
  })
})

describe('the address', () => {
  it('a port in use is one clear message', async () => {
    const made = await startRig('front', () => nothing)
    closers.push(() => made.server.close())
    await expect(startRig('front', () => nothing, { port: made.server.port })).rejects.toThrow(
      `Port ${made.server.port} is already in use. Stop the program`
    )
  })

  it('an address that is not ours is one clear message', async () => {
    await expect(startRig('front', () => nothing, { host: '192.0.2.1' })).rejects.toThrow(
      /192\.0\.2\.1 is no address of this machine/
    )
  })

  it('listens on its host alone', async () => {
    const made = await startRig('front', () => nothing)
    closers.push(() => made.server.close())
    expect(made.server).toMatchObject({ host: '127.0.0.1', url: `http://127.0.0.1:${made.server.port}` })
    const elsewhere = createServer()
    // The same port on another address is free.
    await new Promise<void>((resolve, reject) => elsewhere.on('error', reject).listen(made.server.port, '127.0.0.2', resolve))
    await new Promise((resolve) => elsewhere.close(resolve))
  })

  it('names an address that can be called where it listens on all of them', async () => {
    const made = await startRig('front', () => text(200, 'ok'), { host: '0.0.0.0' })
    closers.push(() => made.server.close())
    expect(await (await fetch(made.server.url)).text()).toBe('ok')
  })
})
