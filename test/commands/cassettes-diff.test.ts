/** `openai-proxy cassettes diff`: what counts as a difference, and what is only worded differently. */
import { describe, expect, it } from 'vitest'
import { diffRecordings } from '../../src/commands/cassettes-diff.ts'
import { changedWords } from '../../src/commands/recorded/changed-words.ts'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { makeInteraction, jsonRequest } from '../cassettes/make-interaction.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chatted, events, runIn, streamed, writeCassette, type Ran } from './tool-parts.ts'

async function diff(
  a: readonly Interaction[],
  b: readonly Interaction[],
  { wording = false, json = false }: { wording?: boolean; json?: boolean } = {}
): Promise<Ran> {
  await using folder = await temporaryFolder()
  const names = [folder.file('a.yaml'), folder.file('b.yaml')] as const
  await writeCassette(names[0], ...a)
  await writeCassette(names[1], ...b)
  const ran = await runIn((parts) => diffRecordings(names, { wording, json }, parts))
  const out = ran.out.replaceAll(`${folder.path}/`, '')
  return { ...ran, out, lines: out.split('\n') }
}

const calling = (name: string, given: string, id = 'call_1'): Interaction =>
  chatted('q', '', {
    choices: [
      {
        finish_reason: 'tool_calls',
        message: { content: null, tool_calls: [{ id, type: 'function', function: { name, arguments: given } }] }
      }
    ]
  })

it('equal recordings differ in nothing', async () => {
  const { code, out } = await diff([chatted('q', 'a')], [chatted('q', 'a')])
  expect([code, out]).toEqual([0, '1 interaction compared: none differs.\n'])
})

it('another wording is shown word by word, and counts only with --wording', async () => {
  const pair = [[chatted('q', 'It rains in Paris.')], [chatted('q', 'It pours in Paris.')]] as const
  const { code, lines } = await diff(...pair)
  expect(code).toBe(0)
  expect(lines).toEqual([
    'a.yaml:1 → b.yaml:1  POST /v1/chat/completions',
    '  wording of answer',
    '    It [-rains-]{+pours+} in Paris.',
    '',
    '1 interaction compared: none differs, 1 worded differently.',
    ''
  ])
  expect((await diff(...pair, { wording: true })).code).toBe(1)
})

describe('what counts', () => {
  const cases: readonly [string, Interaction, Interaction, string[]][] = [
    ['the tool that is called', calling('look', '{}'), calling('find', '{}'), ['tools called', '- look({})', '+ find({})']],
    ['what it is called with', calling('look', '{"a":1}'), calling('look', '{"a":2}'), ['tools called', '+ look({"a":2})']],
    ['the finish reason', streamed('q', ['a']), streamed('q', ['a'], 'length'), ['finish reason', '- stop', '+ length']],
    [
      'usage',
      chatted('q', 'a'),
      chatted('q', 'a', { usage: { prompt_tokens: 1000, completion_tokens: 501 } }),
      ['usage', '+ 1,000 in, 501 out']
    ],
    [
      'shape',
      chatted('q', 'a'),
      chatted('q', 'a', { service_tier: 'default' }),
      ['shape of the answer', 'only here: service_tier: string']
    ],
    [
      'status',
      chatted('q', 'a'),
      makeInteraction(chatted('q', '').request, '{"error":{"message":"x"}}', { status: 429 }),
      ['status', '+ 429']
    ],
    [
      'the order of events',
      makeInteraction(jsonRequest({}), events({ type: 'a' }, { type: 'b' }), {
        headers: [['content-type', 'text/event-stream']]
      }),
      makeInteraction(jsonRequest({}), events({ type: 'b' }, { type: 'a' }), {
        headers: [['content-type', 'text/event-stream']]
      }),
      ['order of events', '- a → b → [DONE]', '+ b → a → [DONE]']
    ],
    [
      'bytes',
      makeInteraction(jsonRequest({}), Uint8Array.from([255])),
      makeInteraction(jsonRequest({}), Uint8Array.from([254])),
      ['bytes of the answer']
    ],
    [
      'what else is set',
      makeInteraction(jsonRequest({ n: 1 })),
      makeInteraction(jsonRequest({ n: 2 })),
      ['settings', '- {"n":1}']
    ]
  ]
  it.each(cases)('%s', async (_name, a, b, parts) => {
    const { code, out } = await diff([a], [b])
    expect(code).toBe(1)
    for (const part of parts) expect(out).toContain(part)
  })
})

it('does not count: ids of calls, key order, how many pieces a text came in', async () => {
  expect((await diff([calling('f', '{"a":1,"b":2}')], [calling('f', '{"b":2,"a":1}', 'call_2')])).code).toBe(0)
  expect((await diff([streamed('q', ['a', 'b'])], [streamed('q', ['ab'])], { wording: true })).code).toBe(0)
})

it('pairs equal requests wherever they stand, then those of one endpoint; what is left stands alone', async () => {
  const models = makeInteraction({ method: 'GET', url: 'https://api.openai.com/v1/models', headers: [], body: new Uint8Array() })
  const { code, out } = await diff(
    [chatted('one', 'a'), chatted('two', 'b'), models],
    [chatted('two', 'b'), chatted('new', 'a')],
    { json: true }
  )
  const json = JSON.parse(out) as { interactions: { before: string; after: string }[]; onlyBefore: string[]; differs: boolean }
  expect(json.interactions.map(({ before, after }) => [before, after])).toEqual([
    ['a.yaml:1', 'b.yaml:2'],
    ['a.yaml:2', 'b.yaml:1']
  ])
  expect([code, json.differs, json.onlyBefore]).toEqual([1, true, ['a.yaml:3']])
})

describe('words', () => {
  const marked = (a: string, b: string): string =>
    changedWords(a, b)
      .map(({ kind, text }) => ({ same: text, gone: `-${text}-`, new: `+${text}+` })[kind])
      .join('')

  it('give both texts back, whatever they are', () => {
    const texts = ['', 'a', 'a b c', 'the quick brown fox', 'the slow fox jumps', '  x\n\ny ', 'ä 🌞 b', 'c b a']
    for (const a of texts)
      for (const b of texts) {
        const runs = changedWords(a, b)
        const side = (without: string): string => runs.flatMap(({ kind, text }) => (kind === without ? [] : [text])).join('')
        expect([side('new'), side('gone')]).toEqual([a, b])
      }
  })

  it('join what only white space parts', () => {
    expect(marked('the quick brown fox', 'the slow red fox')).toBe('the -quick brown-+slow red+ fox')
  })

  it('of very long texts are still told', () => {
    const runs = changedWords('a '.repeat(5000), 'b '.repeat(5000))
    expect(runs.map(({ kind }) => kind)).toEqual(['gone', 'new', 'same'])
  })
})
