/** How a connection's protocol is told: by its first bytes, in however many pieces they come. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { open, startRig, text, type Rig } from './rig.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function rig(): Promise<Rig> {
  const made = await startRig('front', ({ method, url }) => text(200, `${method} ${url}`))
  closers.push(() => made.server.close())
  return made
}

it('HTTP/1.1 whose method comes byte by byte, like the beginning of HTTP/2, is HTTP/1.1', async () => {
  const { server } = await rig()
  const socket = await open(server.port)
  let answer = ''
  socket.on('data', (bytes) => (answer += String(bytes)))
  const closed = once(socket, 'close')
  socket.setNoDelay(true)
  for (const piece of ['P', 'R', 'OPFIND /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n']) {
    socket.write(piece)
    await sleep(20)
  }
  await closed
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK[^]*PROPFIND \/a$/)
})

it('HTTP/2 whose preface comes in pieces is HTTP/2', async () => {
  const { server } = await rig()
  const raw = await open(server.port)
  raw.setNoDelay(true)
  for (const byte of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') {
    raw.write(byte)
    await sleep(2)
  }
  raw.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
  const [settings] = (await once(raw, 'data')) as [Buffer]
  expect(settings[3], 'the first frame of the server is SETTINGS').toBe(4)
  raw.destroy()
})

it('connections that break or end before they say anything trouble nobody', async () => {
  const { server, refused } = await rig()
  for (const part of ['', 'P', 'PRI']) {
    const [reset, ended] = [await open(server.port), await open(server.port)]
    reset.write(part)
    ended.end(part)
    await sleep(20)
    reset.resetAndDestroy()
    ended.destroy()
  }
  expect(await (await fetch(`${server.url}/c`)).text()).toBe('GET /c')
  expect(refused.filter(({ error }) => error.status >= 500)).toEqual([])
})

it('a connection that was idle for longer than Node keeps one is answered', async () => {
  const { server } = await rig()
  const socket = await open(server.port)
  socket.setEncoding('utf8')
  const ask = async (path: string): Promise<string> => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [string]
    return answer
  }
  expect(await ask('/first')).toMatch(/^HTTP\/1\.1 200 OK[^]*Keep-Alive: timeout=120[^]*GET \/first$/)
  await sleep(6_500)
  expect(await ask('/again')).toMatch(/GET \/again$/)
  socket.destroy()
})
