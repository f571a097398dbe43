/** Ruby VCR: how it writes bytes and encodings. */
import { expect, it } from 'vitest'
import { rubyVcr } from '../../../src/cassettes/formats/ruby-vcr.ts'
import { readText, testRecordingFormat } from './test-recording-format.ts'

testRecordingFormat(rubyVcr, { keepsMoment: true })

function cassette(body: string): string {
  return `---
http_interactions:
- request:
    method: post
    uri: https://api.openai.com/v1/files
    body:
      encoding: UTF-8
      string: '{"a":"b"}'
    headers:
      Content-Type:
      - application/json
  response:
    status:
      code: 200
      message: OK
    headers: {}
    body:
      ${body}
  recorded_at: Sat, 22 Mar 2025 10:11:12 GMT
recorded_with: VCR 6.1.0
`
}

it.each([
  ['a text', "encoding: UTF-8\n      string: 'é'", 'c3a9'],
  ['a text that is called binary, as it is', "encoding: ASCII-8BIT\n      string: 'é'", 'c3a9'],
  ['plain UTF-8 as !binary', 'encoding: UTF-8\n      string: !binary |-\n        w6k=', 'c3a9'],
  ['bytes as !binary', 'encoding: ASCII-8BIT\n      string: !binary |-\n        iVBORw==', '89504e47'],
  ['exact bytes', 'encoding: ASCII-8BIT\n      base64_string: |\n        iVBO\n        Rw==\n', '89504e47'],
  ['Latin-1', "encoding: ISO-8859-1\n      string: 'é'", 'e9'],
  ['nothing', "encoding: UTF-8\n      string: ''", '']
])('%s', (_, body, hex) => {
  const { exchanges, leftOut } = readText(cassette(body))
  expect(leftOut).toEqual([])
  expect(Buffer.from(exchanges[0]!.response.body).toString('hex')).toBe(hex)
  expect(exchanges[0]!.request).toMatchObject({ method: 'POST', headers: [['Content-Type', 'application/json']] })
  expect(exchanges[0]!.at).toBe('Sat, 22 Mar 2025 10:11:12 GMT')
})

it('takes no text in an encoding that it does not know, unless it is plain', () => {
  expect(readText(cassette("encoding: EUC-JP\n      string: 'あ'")).leftOut[0]!.reason).toContain('EUC-JP')
  expect(readText(cassette("encoding: EUC-JP\n      string: 'a'")).exchanges).toHaveLength(1)
})
