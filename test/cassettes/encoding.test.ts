/** What a replay sends around its body: encoding, length, status, headers. */
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { playInteraction } from '../../src/cassettes/playback.ts'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import { EMPTY, toBytes, type HttpResponse } from '../../src/http/message.ts'
import { chat, makeInteraction } from './make-interaction.ts'

const SSE = { headers: [['content-type', 'text/event-stream']] } as const

function play(
  interaction: Interaction,
  { acceptEncoding, speed = 0 }: { readonly acceptEncoding?: string | undefined; readonly speed?: number } = {}
): Promise<HttpResponse> {
  const sleep = async (): Promise<void> => undefined
  return playInteraction(interaction, {
    speed,
    acceptEncoding,
    signal: new AbortController().signal,
    now: () => 0,
    sleep,
    turn: sleep
  })
}

describe('the encoding', () => {
  const decoders = {
    gzip: gunzipSync,
    br: brotliDecompressSync,
    deflate: inflateSync,
    zstd: (bytes: Uint8Array) => Buffer.from(decodeBody(bytes, 'zstd', 1e6))
  }
  const body = `{"a":"${'é'.repeat(500)}"}`

  it.each(['gzip', 'br', 'deflate', 'zstd'] as const)('is put on again: %s', async (encoding) => {
    const response = await play(makeInteraction(chat('a'), body, { encoding }), { acceptEncoding: 'gzip, deflate, br, zstd' })
    expect(getHeader(response.headers, 'content-encoding')).toBe(encoding)
    expect(getHeader(response.headers, 'content-length')).toBe(String((response.body as Uint8Array).byteLength))
    expect(decoders[encoding](response.body as Uint8Array).toString()).toBe(body)
  })

  it.each([
    ['*', true],
    ['gzip;q=0.5', true],
    ['br, gzip', true],
    ['GZIP', true],
    ['identity, *;q=0.1', true],
    ['br;q=1, gzip ; q=0.001', true],
    [undefined, false],
    ['', false],
    ['identity', false],
    ['br', false],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['*, gzip; Q=0', false],
    ['xgzip', false]
  ])('is put on where the client takes it: %s → %s', async (acceptEncoding, taken) => {
    const response = await play(makeInteraction(chat('a'), body, { encoding: 'gzip' }), { acceptEncoding })
    expect(getHeader(response.headers, 'content-encoding')).toBe(taken ? 'gzip' : undefined)
    if (!taken) expect(response.body).toEqual(toBytes(body))
  })

  it('of a stream keeps its bytes, without a length', async () => {
    const response = await play(makeInteraction(chat('a'), 'data: 1\n\n', { ...SSE, encoding: 'gzip', timing: [5] }), {
      acceptEncoding: 'gzip',
      speed: 1
    })
    expect([getHeader(response.headers, 'content-encoding'), getHeader(response.headers, 'content-length')]).toEqual([
      'gzip',
      undefined
    ])
    const chunks: Uint8Array[] = []
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) chunks.push(bytes)
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe('data: 1\n\n')
  })

  it('that a hand-written cassette names, though the body is plain, is not sent', async () => {
    const headers = [
      ['Content-Encoding', 'gzip'],
      ['Content-Length', '7'],
      ['Transfer-Encoding', 'chunked'],
      ['x-a', '1']
    ] as const
    expect((await play(makeInteraction(chat('a'), '{}', { headers }))).headers).toEqual([
      ['x-a', '1'],
      ['content-length', '2']
    ])
  })
})

describe('status, headers and trailers', () => {
  it('are those that were recorded', async () => {
    const headers = [
      ['Content-Type', 'application/json'],
      ['X-A', '1'],
      ['X-A', '2']
    ] as const
    const response = await play(makeInteraction(chat('a'), '{}', { status: 429, headers, trailers: [['x-end', '1']] }))
    expect(response.status).toBe(429)
    // Only a body without a length has trailers.
    expect(response.headers).toEqual(headers)
    expect(response.trailers?.()).toEqual([['x-end', '1']])
    expect(await play(makeInteraction(chat('a'), '{}', { headers }))).toMatchObject({
      headers: [...headers, ['content-length', '2']]
    })
    expect((await play(makeInteraction(chat('a')))).trailers).toBeUndefined()
  })

  it.each([
    ['204', chat('a'), 204],
    ['304', chat('a'), 304],
    ['HEAD', { ...chat('a'), method: 'HEAD', body: EMPTY }, 200]
  ])('have no length for %s', async (_what, request, status) => {
    expect(getHeader((await play(makeInteraction(request, '', { status }))).headers, 'content-length')).toBeUndefined()
  })
})
