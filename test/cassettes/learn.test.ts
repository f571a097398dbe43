/** Learning from two recordings: the narrowest rules, and a refusal with its reason where there should be none. */
import { describe, expect, it } from 'vitest'
import type { RecordedRequest } from '../../src/cassettes/interaction.ts'
import { learnRules, type Learned } from '../../src/cassettes/learn.ts'
import { CHAT_URL, jsonRequest } from './make-interaction.ts'

const learn = (first: readonly object[], second: readonly object[]): Learned =>
  learnRules(
    first.map((body) => jsonRequest(body)),
    second.map((body) => jsonRequest(body)),
    []
  )
const say = (content: string, more: object = {}): object => ({ model: 'gpt-4o', messages: [{ role: 'user', content }], ...more })
const proposed = ({ ignore, normalise, refused }: Learned): unknown => ({
  ignore,
  normalise,
  refused: refused.map(({ place }) => place)
})

describe('the narrowest rule', () => {
  it.each<readonly [string, object, object, readonly string[], readonly string[]]>([
    ['an ignored field', { metadata: { run: 'a' } }, { metadata: { run: 'b' } }, ['metadata.run'], []],
    ['an ignored field that is in one only', { metadata: { run: 'a' } }, { metadata: {} }, ['metadata.run'], []],
    ['a date', { metadata: { at: 'on 2026-11-24' } }, { metadata: { at: 'on 2026-11-25' } }, [], ['iso-date in metadata.at']],
    ['a time in a number', { metadata: { at: 1764000000 } }, { metadata: { at: 1764000123 } }, [], ['unix-time in metadata.at']],
    [
      'a pattern',
      { metadata: { build: 'build-12' } },
      { metadata: { build: 'build-13' } },
      [],
      [String.raw`/build-\d+/ in metadata.build`]
    ],
    [
      'a mark of a cache',
      say('x', { system: [{ text: 'a' }] }),
      say('x', { system: [{ text: 'a', cache_control: { type: 'ephemeral' } }] }),
      ['system[0].cache_control'],
      []
    ]
  ])('is %s', (_what, before, after, ignore, normalise) => {
    expect(proposed(learn([before], [after]))).toEqual({ ignore, normalise, refused: [] })
  })

  it('covers a date and a path in one prompt, and no more of it', () => {
    const prompt = (day: string, folder: string): object =>
      say(`Today is 2026-11-${day}. Files are in /tmp/${folder}/work. Summarise them.`)
    const learned = learn([prompt('24', 'run-1')], [prompt('25', 'run-2')])
    expect(proposed(learned)).toEqual({
      ignore: [],
      normalise: ['iso-date in messages[0].content', 'path in messages[0].content'],
      refused: []
    })
    expect(learned).toMatchObject({ pairs: 1, changed: 1, alone: { first: [], second: [] } })
  })

  it('has a wildcard only where more than one item changed', () => {
    const body = (values: readonly string[]): object => ({ metadata: { items: values.map((run) => ({ run })) } })
    expect(proposed(learn([body(['a', 'b', 'c'])], [body(['a', 'x', 'c'])]))).toMatchObject({ ignore: ['metadata.items[1].run'] })
    expect(proposed(learn([body(['a', 'b', 'c'])], [body(['x', 'b', 'y'])]))).toMatchObject({ ignore: ['metadata.items[*].run'] })
  })

  it('is none for ids, which are bound or come out of the recorded answers, nor for what is equal', () => {
    const turn = (id: string): object => ({ messages: [{ role: 'tool', tool_call_id: id, content: 'x' }] })
    expect(
      learn(
        [turn('call_aaaaaaaa1'), say('hi', { file_id: 'file-aaaaaaaa1' })],
        [turn('my-own-id'), say('hi', { file_id: 'file-bbbbbbbb2' })]
      )
    ).toMatchObject({
      pairs: 2,
      changed: 0,
      ignore: [],
      normalise: [],
      refused: []
    })
  })

  it('is none where rules that hold already cover it', () => {
    const [one, other] = ['a', 'b'].map((run) => [jsonRequest({ metadata: { run } })])
    expect(learnRules(one!, other!, [{ ignore: ['metadata.run'] }])).toMatchObject({ changed: 0, ignore: [] })
  })

  it('says how many requests become equal by it', () => {
    const polls = (from: number): object[] =>
      Array.from({ length: 4 }, (_, index) => say('done?', { metadata: { n: `${from + index}` } }))
    expect(learn(polls(0), polls(100))).toMatchObject({ normalise: ['number in metadata.n'], merged: 3 })
  })
})

describe('a refusal', () => {
  it.each<readonly [string, object, object, string, string]>([
    ['the prompt', say('Tell me of cats'), say('Tell me of dogs'), 'messages[0].content', 'what the model is asked'],
    ['a number in the prompt', say('Add 1 and 2 now'), say('Add 1 and 3 now'), 'messages[0].content', 'what the model is asked'],
    ['the model', say('x'), say('x', { model: 'gpt-5' }), 'model', 'another model'],
    [
      'a message more',
      say('x'),
      {
        model: 'gpt-4o',
        messages: [
          { role: 'user', content: 'x' },
          { role: 'user', content: 'y' }
        ]
      },
      'messages[1]',
      'did different things'
    ],
    ['whole messages', say('x'), { model: 'gpt-4o' }, 'messages', 'what the model is asked'],
    ['a setting', say('x', { temperature: 0 }), say('x', { temperature: 1 }), 'temperature', 'decides what the model answers'],
    [
      'a tool',
      say('x', { tools: [{ name: 'a', description: 'one' }] }),
      say('x', { tools: [{ name: 'a', description: 'two' }] }),
      'tools[0].description',
      'decides what the model answers'
    ]
  ])('of %s', (_what, before, after, place, why) => {
    const { ignore, normalise, refused } = learn([before], [after])
    expect([ignore, normalise]).toEqual([[], []])
    expect(refused).toEqual([{ place, why: expect.stringContaining(why) }])
  })

  it('of another address: such requests have no other', () => {
    const elsewhere: RecordedRequest = jsonRequest({}, { url: `${CHAT_URL}/1` })
    expect(learnRules([jsonRequest({})], [elsewhere], [])).toMatchObject({ pairs: 0, alone: { first: [0], second: [0] } })
  })
})

describe('pairs', () => {
  it('are found whatever the order, each request once', () => {
    const bodies = (run: string): object[] =>
      ['one is this', 'two is that', 'three is it'].map((text) => say(text, { metadata: { run } }))
    const learned = learn(bodies('a'), bodies('b').toReversed())
    expect(learned).toMatchObject({
      pairs: 3,
      changed: 3,
      ignore: ['metadata.run'],
      refused: [],
      alone: { first: [], second: [] }
    })
  })

  it('leave alone what was asked once only', () => {
    expect(learn([say('a'), say('b')], [say('b')])).toMatchObject({ pairs: 1, changed: 0, alone: { first: [0], second: [] } })
  })
})
