/** What rests on the inside of mockttp, and the rules of the user beside ours. A failure after an upgrade says what broke. */
import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { text as readText } from 'node:stream/consumers'
import { getLocal } from 'mockttp'
import { afterEach, describe, expect, it } from 'vitest'
import { readInside } from '../../src/server/user-rules.ts'
import { open, startRig, text, type Rig } from './rig.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function rig(): Promise<Rig> {
  const made = await startRig('front', (request) => text(200, `ours ${request.url} ${Buffer.from(request.body).toString()}`))
  closers.push(() => made.server.close())
  return made
}

async function ask({ server }: Rig, path: string, init?: RequestInit): Promise<string> {
  return (await fetch(server.url + path, init)).text()
}

describe("the user's rules", () => {
  it('win on their route; everything else is still ours, bodies included', async () => {
    const made = await rig()
    await made.server.mockttp.forPost('/v1/mocked').withBodyIncluding('hello').thenReply(200, 'mocked')
    expect(await ask(made, '/v1/mocked', { method: 'POST', body: 'hello you' })).toBe('mocked')
    expect(await ask(made, '/v1/mocked', { method: 'POST', body: 'goodbye' })).toBe('ours /v1/mocked goodbye')
    expect(await ask(made, '/v1/other?a=b', { method: 'POST', body: 'x' })).toBe('ours /v1/other?a=b x')
  })

  it('that hold once give way again', async () => {
    const made = await rig()
    await made.server.mockttp.forGet('/a').once().thenReply(200, 'mocked')
    expect([await ask(made, '/a'), await ask(made, '/a')]).toEqual(['mocked', 'ours /a '])
  })

  it('for unmatched requests stand before ours, and repeat', async () => {
    const made = await rig()
    await made.server.mockttp.forUnmatchedRequest().thenReply(200, 'theirs')
    expect([await ask(made, '/a'), await ask(made, '/a'), await ask(made, '/b')]).toEqual(['theirs', 'theirs', 'theirs'])
  })

  it('are gone after reset(), and can be set anew', async () => {
    const made = await rig()
    const { mockttp } = made.server
    await mockttp.forGet('/a').thenReply(200, 'mocked')
    mockttp.reset()
    expect(await ask(made, '/a')).toBe('ours /a ')
    await mockttp.forGet('/b').thenReply(200, 'again')
    expect([await ask(made, '/b'), await ask(made, '/a')]).toEqual(['again', 'ours /a '])
    await mockttp.setRequestRules()
    expect([await ask(made, '/b'), await ask(made, '/a')]).toEqual(['ours /b ', 'ours /a '])
  })

  it('are the only endpoints that show', async () => {
    const made = await rig()
    const endpoint = await made.server.mockttp.forGet('/a').thenReply(200, 'mocked')
    await ask(made, '/a')
    expect((await made.server.mockttp.getMockedEndpoints()).map(({ id }) => id)).toEqual([endpoint.id])
    expect(await made.server.mockttp.getPendingEndpoints()).toEqual([])
    expect(await endpoint.getSeenRequests()).toHaveLength(1)
  })

  it('do not open the door to other hosts or pages', async () => {
    const made = await rig()
    await made.server.mockttp.forAnyRequest().thenReply(200, 'mocked')
    expect((await fetch(made.server.url, { headers: { origin: 'https://evil.example' } })).status).toBe(403)
    const page = await fetch(made.server.url, { headers: { origin: 'http://localhost:3000' } })
    expect([await page.text(), page.headers.get('access-control-allow-origin')]).toEqual(['mocked', 'http://localhost:3000'])
  })

  it('for WebSockets get the upgrade', async () => {
    const made = await rig()
    await made.server.mockttp.forAnyWebSocket().thenRejectConnection(418, 'Teapot')
    const socket = await open(made.server.port)
    socket.write(
      'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    )
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 418 Teapot/)
    socket.destroy()
  })
})

it('listeners see requests and answers that are ours', async () => {
  const made = await rig()
  const seen: unknown[] = []
  await made.server.mockttp.on('request', (request) => seen.push(request.path))
  await made.server.mockttp.on('response', (response) => void response.body.getText().then((body) => seen.push(body)))
  expect(await ask(made, '/a')).toBe('ours /a ')
  await expect.poll(() => seen).toEqual(['/a', 'ours /a '])
})

describe('the contract with mockttp', () => {
  it('its connect app runs its own rule pipeline, and its WebSocket rules can be called', () => {
    const inside = readInside(getLocal())
    expect((inside.app as unknown as { stack: unknown[] }).stack, 'the rule pipeline alone').toHaveLength(1)
    expect(inside.handleWebSocket).toHaveLength(3)
  })

  it('asks its `server` where it listens, and is the module that the user imports', async () => {
    const made = await rig()
    const { mockttp } = made.server
    expect(mockttp).toBeInstanceOf(getLocal().constructor)
    expect([mockttp.port, mockttp.url]).toEqual([made.server.port, `http://localhost:${made.server.port}`])
    expect(await (await fetch(mockttp.urlFor('/a'))).text()).toBe('ours /a ')
  })

  it('stop() closes the proxy', async () => {
    const made = await rig()
    await made.server.mockttp.stop()
    await expect(fetch(made.server.url)).rejects.toThrow()
  })

  it('says in one line what is gone', async () => {
    expect(() => readInside({} as never)).toThrow(/version of mockttp does not fit .*`app` is gone/)
    expect(() => readInside({ app: () => undefined } as never)).toThrow(/`handleWebSocket` is gone/)
  })
})

describe('a connection from before the first rule', () => {
  it('has its later requests answered by the rule', async () => {
    const made = await rig()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    closers.push(() => agent.destroy())
    const get = async (): Promise<[string, boolean]> => {
      const request = httpRequest(`${made.server.url}/a`, { agent })
      request.end()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return [await readText(response), request.reusedSocket]
    }
    expect(await get()).toEqual(['ours /a ', false])
    await made.server.mockttp.forGet('/a').thenReply(200, 'mocked')
    expect(await get()).toEqual(['mocked', true])
  })

  it('over HTTP/2 too', async () => {
    const made = await rig()
    const session = connectHttp2(made.server.url)
    closers.push(() => session.destroy())
    const get = async (): Promise<string> => readText(session.request({ ':path': '/a' }))
    expect(await get()).toBe('ours /a ')
    await made.server.mockttp.forGet('/a').thenReply(200, 'mocked')
    expect(await get()).toBe('mocked')
  })
})
