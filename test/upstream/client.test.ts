/** The client against real sockets on loopback: bytes, headers, aborts, failures. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { EMPTY, toBytes, type HttpRequest, type HttpResponse, type InterimResponse } from '../../src/http/message.ts'
import type { Upstream, Waiting } from '../../src/pipeline/ports.ts'
import { createUpstream, type UpstreamOptions } from '../../src/upstream/client.ts'
import { systemTurns } from '../../src/system-clock.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function listen<T extends NetServer>(server: T): Promise<string> {
  const sockets = new Set<Socket>()
  server.on(
    'connection',
    (socket: Socket) => sockets.add(socket).size && socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener) as Server & NetServer)

/** An upstream that answers every connection with the same bytes, read or not. */
function serveRaw(onSocket: (socket: Socket) => void): Promise<string> {
  return listen(createNetServer(onSocket))
}

function connect(host: string, more: Partial<UpstreamOptions> = {}): Upstream {
  const upstream = createUpstream({
    baseUrls: { openai: `http://${host}/v1`, anthropic: `http://${host}` },
    maskNetwork: true,
    browserProfile: false,
    timeoutMs: 5000,
    pickProfile: () => 0,
    newId: () => 'fresh-id',
    together: systemTurns.gate(),
    ...more
  })
  closers.push(() => upstream.close())
  return upstream
}

const get: HttpRequest = { method: 'GET', url: '/v1/models', headers: [], body: EMPTY }
const post = (body: Uint8Array, headers: HttpRequest['headers'] = []): HttpRequest => ({
  method: 'POST',
  url: '/v1/chat/completions',
  headers,
  body
})
const never = (): Waiting => ({ signal: new AbortController().signal })

async function readAll({ body }: HttpResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function failure(work: Promise<unknown>): Promise<{ code?: string; message: string; name: string }> {
  return work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as { code?: string; message: string; name: string }
  )
}

describe('what is sent', () => {
  it("the headers in the client's order and case, Host of the upstream, an exact length, the body untouched", async () => {
    let seen: { raw: string[]; body: Buffer; url: string } | undefined
    const host = await serve(async (request, response) => {
      seen = { raw: request.rawHeaders, body: await bodyOf(request), url: request.url! }
      response.end()
    })
    const body = gzipSync('x'.repeat(5000))
    await readAll(
      await connect(host).send(
        'openai',
        post(body, [
          ['Host', 'localhost:8000'],
          ['X-b', '1'],
          ['AUTHORIZATION', 'Bearer t'],
          ['x-B', '2'],
          ['Content-Length', '999'],
          ['Transfer-Encoding', 'chunked'],
          ['Content-Encoding', 'gzip']
        ]),
        never()
      )
    )
    expect(seen!.url).toBe('/v1/chat/completions')
    expect(seen!.body.equals(body)).toBe(true)
    expect(seen!.raw).toEqual([
      'host',
      host,
      'connection',
      'keep-alive',
      'X-b',
      '1',
      'AUTHORIZATION',
      'Bearer t',
      'x-B',
      '2',
      'Content-Encoding',
      'gzip',
      'content-length',
      String(body.byteLength)
    ])
  })

  it('a large upload whole, and with its length', async () => {
    const body = Buffer.alloc(3_000_001, 'abcdefg')
    let seen: { length: string | undefined; encoding: string | undefined; same: boolean } | undefined
    const host = await serve(async (request, response) => {
      const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
      seen = { length, encoding, same: (await bodyOf(request)).equals(body) }
      response.end()
    })
    await readAll(await connect(host).send('openai', post(body), never()))
    expect(seen).toEqual({ length: '3000001', encoding: undefined, same: true })
  })

  it('a POST without a body has length 0, a GET none', async () => {
    const lengths: unknown[] = []
    const host = await serve((request, response) => {
      lengths.push(request.headers['content-length'], request.headers['transfer-encoding'])
      response.end()
    })
    const upstream = connect(host)
    await readAll(await upstream.send('openai', post(EMPTY), never()))
    await readAll(await upstream.send('openai', get, never()))
    expect(lengths).toEqual(['0', undefined, undefined, undefined])
  })

  it('header values byte for byte, beyond ASCII too', async () => {
    let value: string | undefined
    const host = await serve((request, response) => {
      value = request.headers['x-title'] as string
      response.setHeader('X-Back', value).end()
    })
    const answer = await connect(host).send('openai', { ...get, headers: [['X-Title', 'caf\u00e9']] }, never())
    expect(value).toBe('caf\u00e9')
    expect(answer.headers).toContainEqual(['X-Back', 'caf\u00e9'])
  })

  it('credentials are put on before anything else, and the profiles rotate by the given number', async () => {
    const seen: IncomingMessage['headers'][] = []
    const host = await serve((request, response) => {
      seen.push(request.headers)
      response.end()
    })
    let pick = 0
    const upstream = connect(host, {
      browserProfile: true,
      profiles: [
        { name: 'a', headers: [['User-Agent', 'A']] },
        { name: 'b', headers: [['User-Agent', 'B']] }
      ],
      pickProfile: () => pick,
      dress: (provider, headers) => [...headers, ['x-key-of', provider]]
    })
    await readAll(await upstream.send('openai', get, never()))
    pick = 0.999
    await readAll(await upstream.send('anthropic', get, never()))
    expect(seen.map((headers) => [headers['user-agent'], headers['x-key-of']])).toEqual([
      ['A', 'openai'],
      ['B', 'anthropic']
    ])
  })

  it('connections serve one request after another', async () => {
    const ports = new Set<number>()
    const host = await serve((request, response) => {
      ports.add(request.socket.remotePort!)
      response.end('ok')
    })
    const upstream = connect(host)
    for (let i = 0; i < 10; i++) await readAll(await upstream.send('openai', post(toBytes('{}')), never()))
    expect(ports.size).toBeLessThan(3)
  })
})

describe('what comes back', () => {
  it('status, raw headers with their repeats, no redirect followed', async () => {
    const host = await serveRaw((socket) => {
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 302 Found\r\nLoCation: /elsewhere\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Request-ID: req_1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi'
        )
      )
    })
    const answer = await connect(host).send('openai', get, never())
    expect(answer.status).toBe(302)
    expect(answer.headers).toEqual([
      ['LoCation', '/elsewhere'],
      ['Set-Cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['X-Request-ID', 'req_1'],
      ['Content-Length', '2']
    ])
    expect((await readAll(answer)).toString()).toBe('hi')
  })

  it.each([
    ['gzip', gzipSync('hello '.repeat(1000))],
    ['br', brotliCompressSync('hello '.repeat(1000))],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x01, 0x00, 0x00])]
  ])('%s bytes as they are', async (encoding, bytes) => {
    const host = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': bytes.byteLength }).end(bytes)
    )
    const answer = await connect(host).send('openai', get, never())
    expect((await readAll(answer)).equals(bytes)).toBe(true)
    expect(answer.headers).toContainEqual(['content-length', String(bytes.byteLength)])
  })

  it('each chunk as it comes, long before the end', async () => {
    let more!: () => void
    const host = await serve((_request, response) => {
      response.write('data: one\n\n')
      more = () => response.end('data: two\n\n')
    })
    const answer = await connect(host).send('openai', get, never())
    const chunks = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    expect(Buffer.from((await chunks.next()).value as Uint8Array).toString()).toBe('data: one\n\n')
    more()
    expect(Buffer.from((await chunks.next()).value as Uint8Array).toString()).toBe('data: two\n\n')
    expect((await chunks.next()).done).toBe(true)
  })

  it('what came while the reader was busy in one piece, in order', async () => {
    const host = await serve((_request, response) => {
      for (let number = 0; number < 50; number += 1) response.write(`${number} `)
      response.end()
    })
    const answer = await connect(host).send('openai', get, never())
    await new Promise((resolve) => setTimeout(resolve, 100))
    const pieces: string[] = []
    for await (const bytes of answer.body as AsyncIterable<Uint8Array>) pieces.push(Buffer.from(bytes).toString())
    expect(pieces.join('')).toBe(Array.from({ length: 50 }, (_, number) => `${number} `).join(''))
    expect(pieces.length).toBeLessThan(5)
  })

  it('interim answers are told as they come, trailers are there at the end', async () => {
    const host = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload', 'X-Trace': '1', connection: 'x-hop', 'x-hop': '1' })
      response.writeProcessing()
      response.writeHead(200, { trailer: 'X-Sum' })
      response.write('body')
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    })
    const told: unknown[] = []
    const inform = (interim: InterimResponse): void => void told.push(interim)
    const answer = await connect(host).send('openai', get, { ...never(), inform })
    expect(told).toEqual([
      {
        status: 103,
        headers: expect.arrayContaining([
          ['Link', '</a>; rel=preload'],
          ['X-Trace', '1']
        ]) as unknown
      },
      { status: 102, headers: [] }
    ])
    expect(JSON.stringify(told)).not.toMatch(/x-hop/i)
    expect(answer.status).toBe(200)
    await readAll(answer)
    expect(answer.trailers!()).toEqual([['X-Sum', '42']])
  })

  it('a HEAD has its length and no body', async () => {
    const host = await serve((_request, response) => response.writeHead(200, { 'content-length': 1234 }).end())
    const answer = await connect(host).send('openai', { ...get, method: 'HEAD' }, never())
    expect(answer.headers).toContainEqual(['content-length', '1234'])
    expect((await readAll(answer)).byteLength).toBe(0)
  })

  it('a reader that is slow holds the sender back', async () => {
    let written = 0
    const host = await serve((_request, response) => {
      const block = Buffer.alloc(64 * 1024)
      const write = (): void => {
        while (written < 256 * 1024 * 1024) {
          written += block.byteLength
          if (!response.write(block)) return void response.once('drain', write)
        }
        response.end()
      }
      write()
    })
    const answer = await connect(host).send('openai', get, never())
    const chunks = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    await chunks.next()
    for (let last = -1; last !== written; await new Promise((resolve) => setTimeout(resolve, 200))) last = written
    expect(written).toBeLessThan(32 * 1024 * 1024)
    let got = 0
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) got += next.value.byteLength
    expect(got).toBeGreaterThan(255 * 1024 * 1024)
  })
})

describe('an answer before the upload was read', () => {
  const upload = Buffer.alloc(64 * 1024 * 1024, 97)

  it.each([
    ['with a length', 'HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlarge'],
    ['in chunks', 'HTTP/1.1 413 Too Large\r\ntransfer-encoding: chunked\r\n\r\n5\r\nlarge\r\n0\r\n\r\n'],
    ['that ends with the connection', 'HTTP/1.0 413 Too Large\r\n\r\nlarge']
  ])('%s is the answer, whatever happens to the upload', async (_name, bytes) => {
    const host = await serveRaw((socket) => {
      socket.once('data', () => {
        socket.pause()
        socket.write(bytes, () => setTimeout(() => socket.destroy(), 50))
      })
    })
    const upstream = connect(host)
    for (let i = 0; i < 3; i++) {
      const answer = await upstream.send('openai', post(upload), never())
      expect(answer.status).toBe(413)
      expect((await readAll(answer)).toString()).toBe('large')
    }
  })
})

describe('aborts', () => {
  it('before it is sent: nothing is sent', async () => {
    let asked = 0
    const host = await serve((_request, response) => response.end(String(asked++)))
    const reason = new Error('left')
    await expect(connect(host).send('openai', get, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(asked).toBe(0)
  })

  it('while waiting for headers: the upstream sees it at once', async () => {
    let arrive!: (closed: { socket: Promise<unknown> }) => void
    const arrived = new Promise<{ socket: Promise<unknown> }>((resolve) => (arrive = resolve))
    const host = await serve((request) => arrive({ socket: once(request.socket, 'close') }))
    const aborter = new AbortController()
    const failed = failure(connect(host).send('openai', post(toBytes('{}')), { signal: aborter.signal }))
    const closed = await arrived
    aborter.abort(new Error('left'))
    expect((await failed).message).toBe('left')
    await closed.socket
  })

  it('in the middle of the body: the upstream sees it, and the reader is told', async () => {
    let closed!: Promise<unknown>
    const host = await serve((request, response) => {
      closed = once(request.socket, 'close')
      response.write('first')
    })
    const aborter = new AbortController()
    const answer = await connect(host).send('openai', get, { signal: aborter.signal })
    const chunks = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    await chunks.next()
    const next = chunks.next()
    aborter.abort(new Error('left'))
    await expect(next).rejects.toThrow('left')
    await closed
  })

  it('a reader that stops reading ends the request too', async () => {
    let closed!: Promise<unknown>
    const host = await serve((request, response) => {
      closed = once(request.socket, 'close')
      response.write('first')
    })
    const answer = await connect(host).send('openai', get, never())
    for await (const _chunk of answer.body as AsyncIterable<Uint8Array>) break
    await closed
  })

  it('while it is still connecting: nothing is sent later', async () => {
    let asked = 0
    const host = await serve((_request, response) => response.end(String(asked++)))
    const aborter = new AbortController()
    const upstream = connect(host)
    const answer = upstream.send('openai', get, { signal: aborter.signal })
    aborter.abort(new Error('left'))
    await expect(answer).rejects.toThrow('left')
    await readAll(await upstream.send('openai', get, never()))
    expect(asked).toBe(1)
  })
})

describe('failures', () => {
  const key = 'sk-' + 'proj-' + 'A'.repeat(40)
  const withKey = post(toBytes('{}'), [['authorization', `Bearer ${key}`]])

  it('nobody listens: refused, with the host and no key', async () => {
    const server = createNetServer()
    const host = await listen(server)
    await closers.pop()!()
    const error = await failure(connect(host).send('openai', withKey, never()))
    expect(error).toMatchObject({ name: 'UpstreamError', code: 'upstream_refused' })
    expect(error.message).toContain(host)
    expect(error.message).toMatch(/Check/)
    expect(JSON.stringify(error) + error.message).not.toContain(key)
  })

  it('no such name: refused', async () => {
    const error = await failure(connect('no-such-host.invalid').send('openai', withKey, never()))
    expect(error).toMatchObject({ code: 'upstream_refused' })
    expect(error.message).toMatch(/no-such-host\.invalid/)
  })

  it('no TLS where https is asked for: refused', async () => {
    const host = await serve((_request, response) => response.end())
    const error = await failure(
      connect(host, { baseUrls: { openai: `https://${host}/v1`, anthropic: `https://${host}` } }).send('openai', withKey, never())
    )
    expect(error).toMatchObject({ code: 'upstream_refused' })
    expect(error.message).toMatch(/secure connection/)
  })

  it('no headers in time, and silence in the body: timeout', async () => {
    const host = await serve((request, response) => {
      if (request.method === 'GET') response.write('first')
    })
    const upstream = connect(host, { timeoutMs: 300 })
    expect(await failure(upstream.send('openai', withKey, never()))).toMatchObject({ code: 'upstream_timeout' })
    const answer = await upstream.send('openai', get, never())
    expect(await failure(readAll(answer))).toMatchObject({ code: 'upstream_timeout' })
  })

  it('a reader that is slower than the timeout does not count as silence', async () => {
    const host = await serve((_request, response) => response.end(Buffer.alloc(4 * 1024 * 1024)))
    const answer = await connect(host, { timeoutMs: 300 }).send('openai', get, never())
    await new Promise((resolve) => setTimeout(resolve, 900))
    expect((await readAll(answer)).byteLength).toBe(4 * 1024 * 1024)
  })

  it.each([
    ['before any answer', ''],
    ['within the headers', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['with gibberish', 'not http at all\r\n\r\n']
  ])('closed %s: broken', async (_name, bytes) => {
    const host = await serveRaw((socket) => socket.once('data', () => socket.end(bytes)))
    expect(await failure(connect(host).send('openai', withKey, never()))).toMatchObject({ code: 'upstream_broken' })
  })

  it.each([
    ['a length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome'],
    ['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n']
  ])('closed in the middle of a body with %s: what came is given, then it is broken', async (_name, bytes) => {
    const host = await serveRaw((socket) => socket.once('data', () => socket.end(bytes)))
    const answer = await connect(host).send('openai', withKey, never())
    const chunks = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    expect(Buffer.from((await chunks.next()).value as Uint8Array).toString()).toBe('some')
    const error = await failure(chunks.next())
    expect(error).toMatchObject({ code: 'upstream_broken' })
    expect(error.message).not.toContain(key)
  })

  it('a header that cannot be sent is named, its value not', async () => {
    const host = await serve((_request, response) => response.end())
    const error = await failure(connect(host).send('openai', { ...withKey, headers: [['x-odd', `a\nb ${key}`]] }, never()))
    expect(error).toMatchObject({ code: 'upstream_broken' })
    expect(error.message).toContain('x-odd')
    expect(error.message).not.toContain(key)
  })

  it('close() ends what runs, and every socket', async () => {
    const sockets: Promise<unknown>[] = []
    const host = await serve((request, response) => {
      sockets.push(once(request.socket, 'close'))
      response.write('first')
    })
    const upstream = connect(host)
    const answer = await upstream.send('openai', get, never())
    const reading = failure(readAll(answer))
    await upstream.close()
    expect(await reading).toMatchObject({ code: 'upstream_broken' })
    await Promise.all(sockets)
    await upstream.close()
  })
})
