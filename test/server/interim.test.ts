/** Interim answers (103 Early Hints …) on both ways of the server, as bytes on the wire. */
import { once } from 'node:events'
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { afterEach, describe, expect, it } from 'vitest'
import { open, startRig, talk, text, WAYS, type Answer, type Rig } from './rig.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const HINTS = {
  status: 103,
  headers: [
    ['Link', '</a.css>; rel=preload'],
    ['Link', '</b.js>; rel=preload'],
    ['X-Trace', '1']
  ]
} as const

const hinted: Answer = (_request, _signal, inform) => {
  inform(HINTS)
  return text(200, 'the answer')
}

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`

describe.each(WAYS)('by way of the %s', (way) => {
  async function rig(answer: Answer): Promise<Rig> {
    const made = await startRig(way, answer)
    closers.push(() => made.server.close())
    return made
  }

  it('come before the answer, headers in their case and order', async () => {
    const { server } = await rig((_request, _signal, inform) => {
      inform(HINTS)
      inform({ status: 102, headers: [] })
      inform({
        status: 104,
        headers: [
          ['Upload-Offset', '7'],
          ['Content-Length', '3'],
          ['Transfer-Encoding', 'chunked']
        ]
      })
      return text(200, 'the answer')
    })
    const wire = await talk(server.port, get('/v1/x', 'Connection: close\r\n'))
    expect(wire).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\nLink: <\/b\.js>; rel=preload\r\nX-Trace: 1\r\n\r\nHTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 104 Interim\r\nUpload-Offset: 7\r\n\r\nHTTP\/1\.1 200 OK\r\n/
    )
    expect(wire.endsWith('\r\n\r\nthe answer')).toBe(true)
  })

  it('are there while the answer is still far away', async () => {
    let answer: (() => void) | undefined
    const { server } = await rig(async (_request, _signal, inform) => {
      inform(HINTS)
      await new Promise<void>((done) => (answer = done))
      return text(200, 'the answer')
    })
    const socket = await open(server.port)
    closers.push(() => socket.destroy())
    socket.write(get('/v1/x'))
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(first.toString()).toMatch(/^HTTP\/1\.1 103 [^]*\r\n\r\n$/)
    answer!()
    const [second] = (await once(socket, 'data')) as [Buffer]
    expect(second.toString()).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('stand before their own answer where requests are sent in a row', async () => {
    const { server } = await rig(async ({ url }, _signal, inform) => {
      inform({ status: 103, headers: [['X-Of', url]] })
      // The first answer is the last to be ready.
      if (url === '/v1/1') await new Promise((done) => setTimeout(done, 50))
      return text(200, url)
    })
    const wire = await talk(server.port, get('/v1/1') + get('/v1/2') + get('/v1/3', 'Connection: close\r\n'))
    const order = [...wire.matchAll(/X-Of: (\S+)|HTTP\/1\.1 200|\r\n\r\n(\/v1\/\d)(?=HTTP|$)/g)].map(
      ([whole, of, body]) => of ?? body ?? whole
    )
    const one = (url: string): string[] => [url, 'HTTP/1.1 200', url]
    expect(order).toEqual([...one('/v1/1'), ...one('/v1/2'), ...one('/v1/3')])
  })

  it('follow the 100 of an upload', async () => {
    const { server } = await rig(hinted)
    const socket = await open(server.port)
    closers.push(() => socket.destroy())
    socket.write(
      'POST /v1/x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n'
    )
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.write('{}')
    await once(socket, 'close')
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 103 [^]*\r\n\r\nHTTP\/1\.1 200 /)
  })

  it('are not for clients of HTTP/1.0', async () => {
    const { server } = await rig(hinted)
    expect(await talk(server.port, 'GET /v1/x HTTP/1.0\r\nHost: localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /)
  })

  it.each([
    ['a value that ends its line', ['x-a', 'b\r\nx-c: d']],
    ['a name that is none', ['x a', 'b']]
  ] as const)('are left out for %s, and the operator is told', async (_what, header) => {
    const { server, reports } = await rig((_request, _signal, inform) => {
      inform({ status: 103, headers: [header] })
      return text(200, 'the answer')
    })
    const wire = await talk(server.port, get('/v1/x', 'Connection: close\r\n'))
    expect(wire).toMatch(/^HTTP\/1\.1 200 /)
    expect(wire).not.toContain('x-c')
    expect(reports).toEqual([expect.stringContaining('The interim answer 103 to GET /v1/x was left out')])
  })

  it('are not written behind the head of the answer', async () => {
    const { server, reports } = await rig((_request, _signal, inform) => ({
      status: 200,
      headers: [],
      body: (async function* late() {
        yield Buffer.from('one')
        inform(HINTS)
        yield Buffer.from('two')
      })()
    }))
    const wire = await talk(server.port, get('/v1/x', 'Connection: close\r\n'))
    expect(wire).not.toContain('103')
    expect(reports).toEqual([])
  })

  it('come over HTTP/2, too', async () => {
    const { server } = await rig(hinted)
    const session = connectHttp2(server.url)
    closers.push(() => session.destroy())
    const stream = session.request({ ':path': '/v1/x' })
    const told: IncomingHttpHeaders[] = []
    stream.on('headers', (headers) => told.push({ ...headers }))
    const [response] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    let body = ''
    for await (const chunk of stream) body += String(chunk)
    expect(told).toMatchObject([{ ':status': 103, link: '</a.css>; rel=preload, </b.js>; rel=preload', 'x-trace': '1' }])
    expect(response[':status']).toBe(200)
    expect(body).toBe('the answer')
  })
})
