/** Cassettes of every version are read: those of old through steps, each from one version to the next. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MIGRATIONS, migrate, type Migration } from '../../src/cassettes/migrate.ts'
import { parseYaml } from '../../src/cassettes/parse-yaml.ts'
import { CASSETTE_VERSION } from '../../src/cassettes/schema.ts'
import { toBytes } from '../../src/http/message.ts'
import { answerOf, chat, jsonRequest, openFile } from './make-interaction.ts'
import { splitText } from './split-text.ts'

const FOLDER = new URL('../../fixtures/cassettes/', import.meta.url)

/** What a made-up history might bring. */
const STEPS: readonly Migration[] = [
  {
    from: 1,
    interaction(document) {
      document.setIn(['response', 'code'], document.getIn(['response', 'status'], true))
      document.deleteIn(['response', 'status'])
    }
  },
  {
    from: 2,
    header: (document) => document.set('kind', 'cassette'),
    interaction: (document) => document.deleteIn(['recorded', 'ms'])
  }
]

describe('the steps', () => {
  it('are one for each version before today’s, in order', () => {
    expect(MIGRATIONS.map(({ from }) => from)).toEqual(Array.from({ length: CASSETTE_VERSION - 1 }, (_, index) => index + 1))
  })

  it.each([
    [1, { response: { code: 200 }, recorded: { at: 'x' } }],
    [2, { response: { status: 200 }, recorded: { at: 'x' } }],
    [3, { response: { status: 200 }, recorded: { at: 'x', ms: 1 } }]
  ])('take a document of version %d through all that follow', (version, expected) => {
    const document = parseYaml('response:\n  status: 200\nrecorded: {at: x, ms: 1}\n')
    migrate(document, 'interaction', { version, steps: STEPS })
    expect(document.toJS()).toEqual(expected)
  })

  it.each([
    [1, { cassette: 3, kind: 'cassette' }],
    [2, { cassette: 3, kind: 'cassette' }],
    [3, { cassette: 3 }]
  ])('take a header of version %d to the last version', (version, expected) => {
    const document = parseYaml(`cassette: ${version}\n`)
    migrate(document, 'header', { version, steps: STEPS })
    expect(document.toJS()).toEqual(expected)
  })
})

describe('a cassette of each version', () => {
  it('is kept', () => {
    const kept = readdirSync(FOLDER).filter((name) => /^version-\d+\.yaml$/.test(name))
    expect(kept).toEqual(Array.from({ length: CASSETTE_VERSION }, (_, index) => `version-${index + 1}.yaml`))
  })

  // What it holds is never changed: that it still says the same is what is promised.
  it('1 says what it said when it was written: every form of a body', async () => {
    const path = new URL('version-1.yaml', FOLDER).pathname
    expect(splitText(readFileSync(path, 'utf8')).documents).toHaveLength(9)
    const reports: string[] = []
    const tape = await openFile(path, reports)
    expect(reports).toEqual([])
    expect(tape.size).toBe(9)
    expect(await answerOf(tape, chat('json'))).toBe('{"id": 12345678901234567890, "text": "caf\\u00e9"}\n')
    const chunk = (delta: string, reason: string): string =>
      `data: {"id":"c","model":"gpt-4o","choices":[{"index":0,"delta":${delta},"finish_reason":${reason}}]}\n\n`
    expect(await answerOf(tape, chat('events'))).toBe(
      `${chunk('{"role":"assistant"}', 'null')}${chunk('{"content":"Hi"}', 'null')}${chunk('{"content":" there"}', 'null')}${chunk('{}', '"stop"')}data: [DONE]\n\n`
    )
    const counted = (number: number, delta: string, pad: string): string =>
      `event: x\r\ndata: {"type":"x","sequence_number":${number},"item_id":"msg_1","delta":"${delta}"${pad}}\r\n\r\n`
    expect(await answerOf(tape, chat('counted'))).toBe(counted(1, 'a', '') + counted(2, 'b', '   ') + counted(3, 'c', ''))
    expect(await answerOf(tape, chat('sse'))).toBe(': ping\n\ndata: a\ndata: b')
    expect(await answerOf(tape, chat('text'))).toBe('Bad\r\ngateway  \n')
    expect(await answerOf(tape, chat('base64'))).toBe(Buffer.from([0, 1, 254, 255]).toString())
    expect(await answerOf(tape, jsonRequest({ file: true }))).toBe('x'.repeat(3) + Buffer.from([0xff]).toString())
    expect(await answerOf(tape, chat('nothing'))).toBe('')
    const form = '--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--B--\r\n'
    const request = { method: 'POST', url: 'https://api.openai.com/v1/audio/transcriptions', body: toBytes(form) }
    const answer = await tape.take({ ...request, headers: [['content-type', 'multipart/form-data; boundary=B']] })
    if (answer.kind === 'miss') throw new Error('a miss')
    expect(answer.interaction.response).toEqual({
      status: 429,
      headers: [
        ['content-type', 'application/json'],
        ['x-ratelimit-limit', '1'],
        ['x-ratelimit-limit', '2']
      ],
      trailers: [['x-request-id', 'req_1']],
      encoding: 'br',
      body: toBytes('{"error":null}'),
      timing: [5, 10, 10, 2.5]
    })
  })
})
