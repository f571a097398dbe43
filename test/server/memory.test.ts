/** A stream of 512 MB through server and upstream client: memory stays flat on both ways. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import { systemTurns } from '../../src/system-clock.ts'
import { createUpstream } from '../../src/upstream/client.ts'
import { startRig, WAYS } from './rig.ts'

const MB = 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startSource(): Promise<string> {
  const block = Buffer.alloc(64 * 1024, 'data: x\n\n')
  const server = createServer((_request, response) => {
    let left = 512 * MB
    const write = (): void => {
      for (; left > 0; left -= block.byteLength)
        if (!response.write(block)) return void ((left -= block.byteLength), response.once('drain', write))
      response.end()
    }
    write()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each(WAYS)('by way of the %s', (way) => {
  it('512 MB pass and cost less than 100 MB', { timeout: 60_000 }, async () => {
    const origin = await startSource()
    const upstream = createUpstream({
      baseUrls: { openai: origin, anthropic: origin },
      maskNetwork: true,
      browserProfile: true,
      timeoutMs: 10_000,
      pickProfile: () => 0,
      newId: () => 'id',
      together: systemTurns.gate()
    })
    closers.push(() => upstream.close())
    const { server } = await startRig(way, (request, signal) => upstream.send('openai', request, { signal }))
    closers.push(() => server.close())
    const response = await fetch(`${server.url}/v1/stream`)
    let size = 0
    collectGarbage()
    const before = process.memoryUsage.rss()
    let most = before
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      // What is garbage already is no memory that is held: without this, a busy machine collects it late.
      if (Math.floor(size / (16 * MB)) !== Math.floor((size + chunk.byteLength) / (16 * MB))) collectGarbage()
      size += chunk.byteLength
      most = Math.max(most, process.memoryUsage.rss())
    }
    expect(size).toBe(512 * MB)
    expect((most - before) / MB).toBeLessThan(100)
  })
})
