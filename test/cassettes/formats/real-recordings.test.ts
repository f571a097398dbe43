/** The real recordings are read as PyYAML reads them: bodies.tsv holds the digests that it came to. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readRecording, RECORDING_FORMATS } from '../../../src/cassettes/formats/index.ts'
import { takeOffEncoding } from '../../../src/cassettes/formats/plain-body.ts'
import type { Interaction } from '../../../src/cassettes/interaction.ts'
import { toBytes } from '../../../src/http/message.ts'
import { realExchanges, recordingFiles, recordingPath } from '../../support/real-exchanges.ts'

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32)

const [, ...rows] = readFileSync(recordingPath('bodies.tsv'), 'utf8').trimEnd().split('\n')

it('gives every method, address, status and body', () => {
  const read = recordingFiles().flatMap((file) =>
    readRecording(readFileSync(recordingPath(file)))!.exchanges.map(({ request, response }, index) => {
      const answer = takeOffEncoding(response.body, response.headers, 1e9).bytes
      return [`${file}#${index}`, request.method, request.url, response.status, digest(request.body), digest(answer)].join('\t')
    })
  )
  expect(rows).toHaveLength(244)
  expect(read).toEqual(rows)
})

it('leaves out the 790 messages of WebSockets, and nothing else', () => {
  const leftOut = recordingFiles().flatMap((file) => readRecording(readFileSync(recordingPath(file)))!.leftOut)
  expect(leftOut).toHaveLength(790)
  expect([...new Set(leftOut.map(({ reason }) => reason))]).toEqual([
    'it is a message of a WebSocket; cassettes hold HTTP exchanges'
  ])
})

it.each(RECORDING_FORMATS.map((format) => [format.name, format] as const))(
  '%s holds all of them, and gives every byte back',
  (_, format) => {
    const interactions = realExchanges().map(({ request, response }): Interaction => ({
      request,
      response: {
        status: response.status,
        headers: response.headers.filter(([name]) => name.toLowerCase() !== 'content-encoding'),
        body: takeOffEncoding(response.body, response.headers, 1e9).bytes,
        timing: []
      },
      recorded: { at: '2026-11-24T09:00:00Z', ms: 5 }
    }))
    const { text, leftOut } = format.write(interactions, '1')
    expect(leftOut).toEqual([])
    const read = readRecording(toBytes(text))!.exchanges
    const essence = ({ request, response }: Pick<Interaction, 'request' | 'response'>): string =>
      [request.method, request.url, response.status, digest(request.body), digest(response.body)].join(' ')
    expect(read.map(essence)).toEqual(interactions.map(essence))
  }
)
