/** The reader of the load's own client: what it takes for an answer must be one, however its bytes are cut. */
import { expect, it } from 'vitest'
import { loadBench } from './load.ts'

interface Answer {
  readonly status: number
  readonly bytes: number
}
const { createReader } = await loadBench<{
  createReader(hears: { onFirst(): void; onEnd(answer: Answer): void }): { read(chunk: Buffer): void; close(): void }
}>('load/connection.mjs')

const ANSWERS = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab\n\n\r\nb\r\n0123456789\n\r\n0\r\n\r\n',
  'HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nTrailer: 1\r\n\r\n'
].join('')

it.each([1, 2, 3, 7, 64, 1000])('reads answers in pieces of %d bytes', (size) => {
  const ended: Answer[] = []
  let first = 0
  const reader = createReader({ onFirst: () => (first += 1), onEnd: (answer) => ended.push(answer) })
  const bytes = Buffer.from(ANSWERS)
  for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size))
  expect(ended).toEqual([
    { status: 200, bytes: 5 },
    { status: 200, bytes: 15 },
    { status: 429, bytes: 0 },
    { status: 200, bytes: 1 }
  ])
  expect(first).toBe(3)
})

it('ends a body that has no other end when the connection does', () => {
  const ended: Answer[] = []
  const reader = createReader({ onFirst: () => undefined, onEnd: (answer) => ended.push(answer) })
  reader.read(Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc'))
  expect(ended).toEqual([])
  reader.close()
  expect(ended).toEqual([{ status: 200, bytes: 3 }])
})
