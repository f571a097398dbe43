/** Whatever is written is read back: every byte, every header, in one text for one interaction. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { readInteraction, writeInteraction } from '../../src/cassettes/document.ts'
import { SEPARATOR } from '../../src/cassettes/separator.ts'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { matchKeys } from '../../src/cassettes/key.ts'
import { readKeyLine } from '../../src/cassettes/key-line.ts'
import { splitText } from './split-text.ts'
import { HEADER_TEXT } from '../../src/cassettes/document.ts'
import { toBytes, type HeaderList } from '../../src/http/message.ts'
import { chanceBody, chanceHeaders, type ChanceBody } from './arbitraries.ts'
import { memoryFiles } from './test-format.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

interface Body extends ChanceBody {
  readonly headers?: HeaderList
}

function interactionOf(request: Body, response: Body, more: Partial<Interaction['response']> = {}): Interaction {
  const type = ({ contentType }: Body): HeaderList => (contentType === undefined ? [] : [['Content-Type', contentType]])
  return {
    request: {
      method: 'POST',
      url: 'https://api.openai.com/v1/x?a=b',
      headers: [...type(request), ...(request.headers ?? [])],
      body: request.body
    },
    response: {
      status: 200,
      headers: [...type(response), ...(response.headers ?? [])],
      body: response.body,
      timing: [1, 2, 2, 2, 3],
      ...more
    },
    recorded: { at: '2026-11-24T09:00:00Z', ms: 352 }
  }
}

function readBack(interaction: Interaction): Interaction {
  const files = memoryFiles()
  return readInteraction(writeInteraction(interaction, files), { name: 'x.yaml', line: 1 }, files.read)
}

/** Which bodies differ. (A matcher would take seconds for a body of 2 MB.) */
function changedBodies(before: Interaction, after: Interaction): string[] {
  return (['request', 'response'] as const).filter((side) => Buffer.compare(before[side].body, after[side].body) !== 0)
}

describe('bodies that chance makes', () => {
  it('are read back byte for byte', () => {
    fc.assert(
      fc.property(chanceBody, chanceBody, (request, response) => {
        const given = interactionOf(request, response)
        expect(changedBodies(readBack(given), given)).toEqual([])
      }),
      { numRuns: 400 }
    )
  })

  it('never make a line that looks like the end of a document', () => {
    fc.assert(
      fc.property(chanceBody, chanceHeaders, (body, headers) => {
        const text = writeInteraction(interactionOf({ ...body, headers }, { ...body, headers }), memoryFiles())
        expect(text).not.toMatch(/^(?:---|\.\.\.)/m)
        expect(text.endsWith('\n')).toBe(true)
        const cassette = splitText(HEADER_TEXT + SEPARATOR + text + SEPARATOR + text)
        expect(cassette.documents.map((document) => document.text)).toEqual([text, text])
        expect(cassette.isWhole).toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  it('have one key and one text, and only the key is trusted that fits', () => {
    fc.assert(
      fc.property(chanceBody, chanceBody, (request, response) => {
        const given = interactionOf(request, response)
        const text = writeInteraction(given, memoryFiles())
        expect(writeInteraction(given, memoryFiles())).toBe(text)
        expect(readKeyLine(Buffer.from(text))).toEqual(matchKeys(given.request))
        expect(matchKeys(readBack(given).request)).toEqual(matchKeys(given.request))
      }),
      { numRuns: 200 }
    )
  })
})

describe('headers', () => {
  /** Headers of one name stand together in a cassette; what is in no order between names may change places. */
  const together = (headers: HeaderList): HeaderList =>
    [...new Set(headers.map(([name]) => name))].flatMap((name) => headers.filter(([other]) => other === name))

  it('keep their case, their order and their repetition', () => {
    fc.assert(
      fc.property(chanceHeaders, chanceHeaders, (headers, trailers) => {
        const { request, response } = readBack(
          interactionOf(
            { contentType: undefined, body: toBytes(''), headers },
            { contentType: 'a/b', body: toBytes(''), headers },
            { trailers }
          )
        )
        expect(request.headers).toEqual(together(headers))
        expect(response.headers).toEqual([['Content-Type', 'a/b'], ...together(headers)])
        expect(response.trailers ?? []).toEqual(together(trailers))
      }),
      { numRuns: 300 }
    )
  })
})

describe('one interaction', () => {
  const stream: Body = { contentType: 'text/event-stream', body: toBytes('data: a\n\ndata: b\n\n') }
  const json: Body = { contentType: 'application/json', body: toBytes('{"a":1}') }

  it('is read back whole', () => {
    const given = interactionOf(json, stream, { status: 529, encoding: 'br', trailers: [['x-end', '1']] })
    expect(readBack(given)).toEqual({
      ...given,
      request: { ...given.request, body: new Uint8Array(given.request.body) },
      response: { ...given.response, body: new Uint8Array(given.response.body) }
    })
  })

  it('gives one text but for when it was recorded and how long it took', () => {
    const first = interactionOf(json, stream)
    const second = { ...first, response: { ...first.response, timing: [9, 9] }, recorded: { at: '2027-01-01T00:00:00Z', ms: 18 } }
    const [before, after] = [first, second].map((one) => writeInteraction(one, memoryFiles()).split('\n'))
    const changed = before!.filter((line, index) => line !== after![index])
    expect(changed).toEqual(['  timing: 1 +2x3 +3', 'recorded: {at: 2026-11-24T09:00:00Z, ms: 352}'])
    expect(before).toHaveLength(after!.length)
  })

  it('keeps a stream of 1,753 events as it is, and the time of each', () => {
    const events = Array.from({ length: 1753 }, (_, index) => `data: {"choices":[{"delta":{"content":"word${index} "}}]}\n\n`)
    const timing = events.map((_, index) => (index * 7) % 50)
    const given = interactionOf(json, { contentType: 'text/event-stream', body: toBytes(events.join('')) }, { timing })
    const text = writeInteraction(given, memoryFiles())
    expect(text.split('\n').filter((line) => /^ {6}\.content "word\d+ "$/.test(line))).toHaveLength(1752)
    expect(readBack(given).response.timing).toEqual(timing)
    expect(changedBodies(readBack(given), given)).toEqual([])
  })

  it('never takes its key for a number', () => {
    // Sixteen digits, or digits with one e among them, would be one: the checksum behind the key makes it a text.
    expect(writeInteraction(interactionOf(json, stream), memoryFiles())).toMatch(/^key: [0-9a-f]{16}-[0-9a-f]{8}\nrequest:\n/)
  })
})

describe('what would not read back as it came', () => {
  const given = interactionOf(
    { contentType: 'application/json', body: toBytes('{}') },
    { contentType: 'text/plain', body: toBytes('a') }
  )
  const write = (interaction: Interaction): string => writeInteraction(interaction, memoryFiles())

  it.each<readonly [string, Interaction]>([
    ['response.timing', { ...given, response: { ...given.response, timing: [1, -2] } }],
    ['response.timing', { ...given, response: { ...given.response, timing: [Number.NaN] } }],
    ['response.status', { ...given, response: { ...given.response, status: 200.5 } }],
    ['response.encoding', { ...given, response: { ...given.response, encoding: 'rot13' as never } }],
    ['request.method', { ...given, request: { ...given.request, method: 'Post' } }],
    ['request.url', { ...given, request: { ...given.request, url: '/v1/x' } }],
    ['recorded.at', { ...given, recorded: { at: '', ms: 1 } }],
    ['recorded', { ...given, recorded: { at: '2026-01-01', ms: 1.5e300 * 1e300 } }]
  ])('is not written: %s', (field, interaction) => {
    expect(write(given)).toContain('recorded:')
    expect(() => write(interaction)).toThrow(/^Not recorded, since it would not read back as it came/)
    expect(() => write(interaction)).toThrow(field)
    expect(() => write(interaction)).not.toThrow('Mend it by hand')
  })

  it('is not written where a file beside the cassette does not hold what it should', () => {
    const files = { ...memoryFiles(), read: () => toBytes('something else') }
    const large = interactionOf(
      { contentType: undefined, body: toBytes('') },
      { contentType: 'audio/mpeg', body: new Uint8Array(70_000).fill(0xff) }
    )
    // The plainer form is taken, which needs no file.
    expect(writeInteraction(large, files)).toContain('    base64: ')
  })

  it('keeps headers, trailers, encoding and times of every kind', () => {
    const odd: Interaction = {
      ...given,
      request: {
        ...given.request,
        headers: [
          ['A', ' x '],
          ['a', '1'],
          ['A', '2']
        ]
      },
      response: {
        ...given.response,
        trailers: [
          ['x-end', '1'],
          ['x-end', '']
        ],
        encoding: 'zstd',
        timing: [0, 0, 0, 2.25, 1e6]
      }
    }
    const read = readBack(odd)
    expect(read.request.headers).toEqual([
      ['A', ' x '],
      ['A', '2'],
      ['a', '1']
    ])
    expect(read.response).toMatchObject({ trailers: odd.response.trailers, encoding: 'zstd', timing: [0, 0, 0, 2.25, 1e6] })
  })
})
