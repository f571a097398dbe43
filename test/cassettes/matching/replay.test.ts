/** Which recording answers: repeats, rules, ids of clients, a function; and what was used. */
import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Interaction, RecordedRequest, Tape, TapeMiss } from '../../../src/cassettes/interaction.ts'
import type { MatchSettings } from '../../../src/cassettes/matching/rules.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { answerOf, chat, CHAT_URL, jsonRequest, makeInteraction, openFile, record } from '../make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

const folders: AsyncDisposable[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder[Symbol.asyncDispose]()
})

/** A tape of these recordings, with rules in its first document and others from outside. */
async function play(
  recorded: readonly Interaction[],
  { header = '', match = {} }: { readonly header?: string; readonly match?: MatchSettings } = {}
): Promise<Tape> {
  const folder = await temporaryFolder()
  folders.push(folder)
  const path = folder.file('tape.yaml')
  await record(await openFile(path), ...recorded)
  if (header !== '') await writeFile(path, (await readFile(path, 'utf8')).replace('cassette: 1\n', `cassette: 1\n${header}`))
  return openFile(path, [], match)
}

async function answers(tape: Tape, requests: readonly RecordedRequest[]): Promise<string[]> {
  const texts: string[] = []
  for (const request of requests) texts.push(await answerOf(tape, request))
  return texts
}

async function missOf(tape: Tape, request: RecordedRequest): Promise<TapeMiss> {
  expect(await tape.has(request)).toBe(false)
  const answer = await tape.take(request)
  if (answer.kind === 'hit') throw new Error('a hit')
  return answer
}

/** A request of one run, with an id that a client makes. */
const run = (id: string, text = 'Say hi'): RecordedRequest =>
  jsonRequest({ model: 'gpt-4o', metadata: { run: id }, messages: [{ role: 'user', content: text }] })
const poll = chat('done?')
const polls = (count: number): Interaction[] => Array.from({ length: count }, (_, index) => makeInteraction(poll, `${index}`))
const repeated = <T>(item: T, count: number): T[] => Array.from({ length: count }, () => item)

describe('repeats', () => {
  it('of 19 polls come in recorded order, whatever is asked between them', async () => {
    const other = chat('other')
    const tape = await play([...polls(10), makeInteraction(other, '"o"'), ...polls(9)])
    const asked = repeated(poll, 19).flatMap((request) => [request, other])
    expect((await answers(tape, asked)).filter((answer) => answer !== '"o"')).toEqual(
      [...Array(10).keys(), ...Array(9).keys()].map(String)
    )
  })

  it('of parallel requests do not depend on the order of arrival', async () => {
    const requests = ['a', 'b', 'c', 'd'].map(chat)
    const tape = await play(requests.map((request, index) => makeInteraction(request, `${index}`)))
    expect(await answers(tape, requests.toReversed())).toEqual(['3', '2', '1', '0'])
  })

  it.each([
    ['last', ['0', '1', '2', '2', '2', '2', '2']],
    ['cycle', ['0', '1', '2', '0', '1', '2', '0']]
  ] as const)('are answered, when they run out, by %s', async (repeat, expected) => {
    expect(await answers(await play(polls(3), { match: { repeat } }), repeated(poll, 7))).toEqual(expected)
    expect(
      await answers(await play(polls(3), { header: `repeat: ${repeat}\n`, match: { repeat: 'error' } }), repeated(poll, 7))
    ).toEqual(expected)
  })

  it('are a miss, when they run out, by error', async () => {
    const tape = await play(polls(2), { header: 'repeat: error\n' })
    expect(await answers(tape, [poll, poll])).toEqual(['0', '1'])
    expect(await missOf(tape, poll)).toMatchObject({ reason: 'played', equal: 2, nearest: { differences: [] } })
    expect((await missOf(tape, poll)).nearest!.place).toContain('interaction 2 of 2')
  })
})

describe('what was used', () => {
  it('is known of every interaction, by place, endpoint and model', async () => {
    const models = jsonRequest(undefined, {
      method: 'GET',
      url: 'https://api.openai.com/v1/models',
      headers: [],
      body: new Uint8Array(0)
    })
    const tape = await play([
      ...polls(2),
      makeInteraction(models),
      makeInteraction(jsonRequest({ model: 'a "b": c', input: 'x' }))
    ])
    await answers(tape, [poll, poll, poll])
    expect(tape.interactions()).toEqual([
      { place: 'tape.yaml:5', endpoint: 'POST /v1/chat/completions', model: 'gpt-4o', uses: 1 },
      { place: 'tape.yaml:26', endpoint: 'POST /v1/chat/completions', model: 'gpt-4o', uses: 2 },
      { place: 'tape.yaml:47', endpoint: 'GET /v1/models', model: undefined, uses: 0 },
      { place: 'tape.yaml:61', endpoint: 'POST /v1/chat/completions', model: 'a "b": c', uses: 0 }
    ])
  })

  it('counts what was recorded in this run', async () => {
    const tape = await play([])
    await record(tape, makeInteraction(poll))
    expect(tape.interactions().map(({ uses }) => uses)).toEqual([1])
  })
})

describe('rules', () => {
  const recorded = [makeInteraction(run('one'), '1'), makeInteraction(run('two'), '2'), makeInteraction(run('three'), '3')]

  it('make requests equal, which are then answered in recorded order', async () => {
    for (const options of [{ header: 'ignore: [metadata.run]\n' }, { match: { ignore: ['metadata.run'] } }]) {
      const tape = await play(recorded, options)
      expect(
        await answers(
          tape,
          ['x', 'y', 'z', 'z'].map((id) => run(id))
        )
      ).toEqual(['1', '2', '3', '3'])
    }
    expect((await missOf(await play(recorded), run('x'))).reason).toBe('none')
  })

  it('prefer what is equal to the last character, so that parallel requests get their own', async () => {
    const tape = await play(recorded, { header: 'ignore: [metadata.run]\n' })
    expect(
      await answers(
        tape,
        ['three', 'one', 'two', 'one'].map((id) => run(id))
      )
    ).toEqual(['3', '1', '2', '1'])
  })

  it('change nothing on disk', async () => {
    const folder = await temporaryFolder()
    folders.push(folder)
    const [plain, ruled] = [folder.file('a.yaml'), folder.file('b.yaml')]
    await record(await openFile(plain), ...recorded)
    await record(await openFile(ruled, [], { ignore: ['metadata.run'], normalise: ['uuid'], headers: ['x-a'] }), ...recorded)
    expect(await readFile(ruled, 'utf8')).toBe(await readFile(plain, 'utf8'))
  })

  it('that let a header count tell two requests apart', async () => {
    const beta = (value: string): RecordedRequest =>
      jsonRequest(
        {},
        {
          headers: [
            ['content-type', 'application/json'],
            ['anthropic-beta', value]
          ]
        }
      )
    const both = [makeInteraction(beta('a'), '1'), makeInteraction(beta('b'), '2')]
    const tape = await play(both, { header: 'headers: [anthropic-beta]\n' })
    expect(await answers(tape, [beta('b'), beta('a'), beta('b')])).toEqual(['2', '1', '2'])
    expect((await missOf(tape, beta('c'))).nearest!.differences).toEqual([
      { path: 'headers.anthropic-beta', detail: 'recorded "a", got "c"' }
    ])
    expect(tape.countedHeaders).toEqual(['anthropic-beta'])
  })
})

describe('a match function', () => {
  const fits: MatchSettings['fits'] = (request, recorded) =>
    (request.body as { metadata?: object }).metadata !== undefined &&
    JSON.stringify((request.body as { messages: unknown }).messages) ===
      JSON.stringify((recorded.body as { messages: unknown }).messages)

  it('decides in place of comparing, among recordings of the same address', async () => {
    const elsewhere = jsonRequest(
      { messages: [{ role: 'user', content: 'Say hi' }] },
      { url: 'https://api.openai.com/v1/responses' }
    )
    const tape = await play([makeInteraction(elsewhere, '0'), makeInteraction(run('a'), '1'), makeInteraction(run('b'), '2')], {
      match: { fits }
    })
    expect(await answers(tape, [run('x'), run('y'), run('z')])).toEqual(['1', '2', '2'])
    expect((await missOf(tape, run('x', 'Say ho'))).reason).toBe('none')
    expect((await missOf(tape, chat('Say hi'))).reason).toBe('none')
  })

  it('that throws is told, and answers nothing', async () => {
    const tape = await play([makeInteraction(run('a'))], {
      match: {
        fits: () => {
          throw new Error('no idea')
        }
      }
    })
    await expect(tape.take(run('a'))).rejects.toThrow(
      expect.objectContaining({ code: 'cassette_match', message: expect.stringContaining('no idea') })
    )
  })
})

describe('ids that clients make', () => {
  /** A turn with the result of a tool, of a call that has this id. */
  const turn = (id: string, result: string): RecordedRequest =>
    jsonRequest({
      messages: [
        { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: id, content: result }
      ]
    })
  const session = (id: string, text: string): RecordedRequest => jsonRequest({ metadata: { session_id: id }, input: text })
  const UUIDS = [
    '11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
    '22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
    '33333333-cccc-4ccc-8ccc-cccccccccccc'
  ] as const

  it('find the recording, and come back in its answer', async () => {
    const tape = await play([makeInteraction(turn('call_recorded1', 'sunny'), '{"about":"call_recorded1"}')])
    expect(await answerOf(tape, turn('call_recorded1', 'sunny'))).toBe('{"about":"call_recorded1"}')
    expect(await answerOf(tape, turn('my-own-call-7', 'sunny'))).toBe('{"about":"my-own-call-7"}')
    expect((await missOf(tape, turn('my-own-call-7', 'rainy'))).nearest!.differences).toEqual([
      { path: 'messages[1].content', detail: 'recorded "sunny", got "rainy"' }
    ])
  })

  it('of short calls change no other thing of an answer', async () => {
    const tape = await play([makeInteraction(turn('1', 'sunny'), '{"usage":1,"text":"1"}')])
    expect(await answerOf(tape, turn('call_my_own_123', 'sunny'))).toBe('{"usage":1,"text":"1"}')
  })

  it('of two conversations keep to their own', async () => {
    const [a, b, mine, other] = [...UUIDS, '44444444-dddd-4ddd-8ddd-dddddddddddd'] as const
    const tape = await play([
      makeInteraction(session(a, 'first'), '"a1"'),
      makeInteraction(session(b, 'first'), '"b1"'),
      makeInteraction(session(a, 'second'), `"a2 ${a}"`),
      makeInteraction(session(b, 'second'), `"b2 ${b}"`)
    ])
    const asked = [session(mine, 'first'), session(other, 'first'), session(other, 'second'), session(mine, 'second')]
    expect(await answers(tape, asked)).toEqual(['"a1"', '"b1"', `"b2 ${other}"`, `"a2 ${mine}"`])
  })

  it('find it again in the next run with the same tape', async () => {
    const [a, first, second] = UUIDS
    const tape = await play([makeInteraction(session(a, 'x'), `"${a}"`)])
    expect(await answers(tape, [session(first, 'x'), session(second, 'x'), session(first, 'x')])).toEqual([
      `"${first}"`,
      `"${second}"`,
      `"${first}"`
    ])
  })

  it('are not taken for another one that the cassette knows', async () => {
    const [a, b] = UUIDS
    const tape = await play([makeInteraction(session(a, 'x'), '"a"'), makeInteraction(session(b, 'y'), '"b"')])
    expect((await missOf(tape, session(a, 'y'))).nearest!.differences.map(({ path }) => path)).toEqual(['metadata.session_id'])
  })

  it('are not two recorded ones at once', async () => {
    const [a, b, mine] = UUIDS
    const tape = await play([makeInteraction(session(a, 'x'), '"a"'), makeInteraction(session(b, 'y'), '"b"')])
    expect(await answerOf(tape, session(mine, 'x'))).toBe('"a"')
    expect((await missOf(tape, session(mine, 'y'))).reason).toBe('none')
  })

  it('must be the recorded ones where the rule is exact', async () => {
    const tape = await play([makeInteraction(turn('call_recorded1', 'sunny'))], { header: 'ids: exact\n' })
    expect((await missOf(tape, turn('my-own-call-7', 'sunny'))).nearest!.differences.map(({ path }) => path)).toEqual([
      'messages[0].tool_calls[0].id',
      'messages[1].tool_call_id'
    ])
  })

  it('may be in a request under rules, too', async () => {
    const [a, b, mine] = UUIDS
    const request = (id: string, at: string): RecordedRequest => jsonRequest({ metadata: { session_id: id, at }, input: 'x' })
    const tape = await play([makeInteraction(request(a, '1'), `"${a}"`), makeInteraction(request(b, '2'), `"${b}"`)], {
      header: 'ignore: [metadata.at]\n'
    })
    expect(await answers(tape, [request(mine, '3'), request(mine, '4')])).toEqual([`"${mine}"`, `"${mine}"`])
  })
})

describe('ids of what the API keeps', () => {
  const ask = (file: string): RecordedRequest => jsonRequest({ input: [{ type: 'input_file', file_id: file }] })
  const next = (response: string): RecordedRequest =>
    jsonRequest({ input: 'go on', previous_response_id: response }, { url: 'https://api.openai.com/v1/responses' })

  it('are bound where they came from outside the cassette, in every later answer too', async () => {
    const list = jsonRequest(undefined, {
      method: 'GET',
      url: 'https://api.openai.com/v1/files',
      headers: [],
      body: new Uint8Array(0)
    })
    const tape = await play([
      makeInteraction(ask('file-recorded1'), '"of file-recorded1"'),
      makeInteraction(list, '{"data":["file-recorded1"]}')
    ])
    expect(await answers(tape, [ask('file-myown0001'), list])).toEqual(['"of file-myown0001"', '{"data":["file-myown0001"]}'])
    expect((await missOf(tape, ask('file-another01'))).reason).toBe('none')
  })

  it('are themselves where a recorded answer gave them', async () => {
    const tape = await play([
      makeInteraction(chat('Hi'), '{"id":"resp_recorded1"}'),
      makeInteraction(next('resp_recorded1'), '"next"')
    ])
    expect(await answerOf(tape, next('resp_recorded1'))).toBe('"next"')
    expect((await missOf(tape, next('resp_another01'))).nearest!.differences).toEqual([
      { path: 'previous_response_id', detail: 'recorded "resp_recorded1", got "resp_another01"' }
    ])
  })

  it('are never guessed: of two files, nobody knows which is meant', async () => {
    const tape = await play([makeInteraction(ask('file-first0001'), '1'), makeInteraction(ask('file-second002'), '2')])
    expect(await answers(tape, [ask('file-second002'), ask('file-first0001')])).toEqual(['2', '1'])
    expect(await missOf(tape, ask('file-myown0001'))).toMatchObject({ reason: 'ids', equal: 2 })
  })

  it('of an address are bound like others', async () => {
    const get = (id: string): RecordedRequest =>
      jsonRequest(undefined, {
        method: 'GET',
        url: `https://api.openai.com/v1/threads/${id}/runs/run_recorded1?limit=1`,
        headers: [],
        body: new Uint8Array(0)
      })
    const tape = await play([makeInteraction(get('thread_recorded1'), '"thread_recorded1 run_recorded1"')])
    expect(await answerOf(tape, get('thread_myown0001'))).toBe('"thread_myown0001 run_recorded1"')
    expect((await missOf(tape, jsonRequest({}, { url: CHAT_URL }))).reason).toBe('none')
  })
})
