/** nock: JSON as itself, chunks and bytes in hex. */
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { nock } from '../../../src/cassettes/formats/nock.ts'
import type { Interaction } from '../../../src/cassettes/interaction.ts'
import { toBytes, toText } from '../../../src/http/message.ts'
import { readText, testRecordingFormat } from './test-recording-format.ts'

testRecordingFormat(nock, { keepsMoment: false })

const BASE = { scope: 'https://api.openai.com:443', method: 'POST', path: '/v1/chat/completions', body: { a: 1 }, status: 200 }

const read = (more: object) => {
  const { exchanges, leftOut } = readText(JSON.stringify([{ ...BASE, ...more }]))
  expect(leftOut).toEqual([])
  return exchanges[0]!
}

it.each([
  ['an object', { response: { b: [1] } }, '{"b":[1]}'],
  ['a list', { response: ['ab', 'cd'] }, '["ab","cd"]'],
  ['a text', { response: 'hi' }, 'hi'],
  ['a text like hex', { response: '6869' }, '6869'],
  ['hex that is said to be bytes', { response: '6869', responseIsBinary: true }, 'hi'],
  ['no body', { response: '' }, ''],
  ['no answer at all', {}, '']
])('%s', (_, more, text) => {
  expect(toText(read(more).response.body)).toBe(text)
})

it('reads bytes as the first versions wrote them, and the chunks of an encoded body', () => {
  expect([...read({ response: '89504e47' }).response.body]).toEqual([0x89, 0x50, 0x4e, 0x47])
  const gzipped = gzipSync('hello')
  const response = [gzipped.subarray(0, 5), gzipped.subarray(5)].map((half) => half.toString('hex'))
  const exchange = read({ response, rawHeaders: ['Content-Encoding', 'gzip'] })
  expect(Buffer.compare(exchange.response.body, gzipped)).toBe(0)
})

it('takes headers in each of its forms', () => {
  expect(read({ rawHeaders: ['A', '1', 'A', '2'] }).response.headers).toEqual([
    ['A', '1'],
    ['A', '2']
  ])
  expect(read({ rawHeaders: { a: '1' } }).response.headers).toEqual([['a', '1']])
  expect(read({ headers: { a: ['1', '2'] } }).response.headers).toHaveLength(2)
  expect(read({ reqheaders: { 'content-type': 'x' } }).request).toMatchObject({
    url: 'https://api.openai.com:443/v1/chat/completions',
    headers: [['content-type', 'x']]
  })
})

it('leaves out what matches more than one address', () => {
  for (const more of [{ scope: '/api\\.openai/' }, { path: '*' }]) {
    expect(readText(JSON.stringify([{ ...BASE, ...more }])).leftOut).toEqual([
      { line: 1, reason: 'its address is a pattern, not one address' }
    ])
  }
})

it('cannot write a request whose text it would read as bytes', () => {
  const interaction: Interaction = {
    request: { method: 'POST', url: 'https://a.test/', headers: [['content-type', 'text/plain']], body: toBytes('89504e47') },
    response: { status: 200, headers: [], body: toBytes('89504e47'), timing: [] },
    recorded: { at: '2026-11-24T09:00:00Z', ms: 1 }
  }
  expect(nock.write([interaction], '1').leftOut).toEqual([{ index: 0, reason: expect.stringContaining('hex') as string }])
})
