/** The message of a miss: what it says in each case, and what is left of it where texts are not to be kept. */
import { describe, expect, it } from 'vitest'
import type { TapeMiss } from '../../src/cassettes/interaction.ts'
import { cassetteMiss, withoutQuotes } from '../../src/pipeline/cassette-miss.ts'

const FACTS = { cassette: 'recordings/weather.yaml', asked: 'POST /v1/responses (gpt-4o)', existed: true }
const difference = { path: 'messages[0].content', detail: 'the [-quick-]{+slow+} fox' }
const miss = (more: Partial<TapeMiss> = {}, rules?: NonNullable<TapeMiss['nearest']>['rules']): TapeMiss => ({
  kind: 'miss',
  reason: 'none',
  recorded: 3,
  equal: 0,
  nearest: { at: 'recordings/weather.yaml:4', place: 'recordings/weather.yaml:4', differences: [difference], distance: 1, rules },
  ...more
})
const text = (given: TapeMiss, facts = FACTS): string => cassetteMiss(given, facts).message

describe('the message', () => {
  it('is an error that no client tries again', () => {
    expect(cassetteMiss(miss(), FACTS)).toMatchObject({
      status: 404,
      code: 'cassette_miss',
      retry: false,
      nearest: 'recordings/weather.yaml:4'
    })
  })

  it('gives the rule to add as YAML that can be pasted', () => {
    const rules = { ignore: ['metadata.run', 'messages[*].id'], normalise: [String.raw`/build-\d+/ in a.b`] }
    expect(text(miss({}, rules))).toContain(
      String.raw`add to the first document of the cassette: ignore: [metadata.run, "messages[*].id"] and normalise: ["/build-\\d+/ in a.b"]`
    )
  })

  it('gives a line that a shell can run', () => {
    expect(text(miss(), { ...FACTS, cassette: "my tapes/it's.yaml" })).toContain(
      String.raw`openai-proxy --record 'my tapes/it'\''s.yaml' --replay`
    )
  })

  it('says where ids alone cannot tell which recording is meant', () => {
    expect(text(miss({ reason: 'ids', equal: 2 }))).toContain('2 recordings are equal to it but for ids of what the API keeps')
  })
})

describe('without what the client said', () => {
  it('the places stay, and what to do', () => {
    const lines = withoutQuotes(text(miss({}, { ignore: ['metadata.run'], normalise: [] }))).split('\n')
    expect(lines[2]).toBe('  messages[0].content')
    expect(lines[3]).toContain('ignore: [metadata.run]')
    expect(lines).toHaveLength(5)
  })

  it('a pattern goes, since it quotes', () => {
    const shown = withoutQuotes(text(miss({}, { ignore: [], normalise: ['/secretive-[0-9a-f]+/ in a'] })))
    expect(shown).not.toContain('secretive')
    expect(shown).toContain('Otherwise make the request fit')
  })

  it('other messages stay as they are', () => {
    const played = text(miss({ reason: 'played', equal: 2 }))
    expect(withoutQuotes(played)).toBe(played)
    expect(played).toContain('All 2 recordings of it have been played')
  })
})
