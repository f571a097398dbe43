/** Rates as settings write them, and which of them hold for a call. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRates, describe as words, parseRates, RateError, type RateLimit } from '../../src/metering/rates.ts'

describe('a list of rates', () => {
  it.each([
    ['60', [{ unit: 'requests', period: 'minute', limit: 60 }]],
    ['60/minute', [{ unit: 'requests', period: 'minute', limit: 60 }]],
    ['1 request/Second', [{ unit: 'requests', period: 'second', limit: 1 }]],
    [
      ' 60/minute, 100000 tokens/minute,8 concurrent ',
      [
        { unit: 'requests', period: 'minute', limit: 60 },
        { unit: 'tokens', period: 'minute', limit: 100_000 },
        { unit: 'concurrent', limit: 8 }
      ]
    ],
    [
      '5/hour,50/day',
      [
        { unit: 'requests', period: 'hour', limit: 5 },
        { unit: 'requests', period: 'day', limit: 50 }
      ]
    ]
  ])('%s', (text, rates) => {
    expect(parseRates(text)).toEqual(rates)
  })

  it.each([
    ['', 'is no rate'],
    ['x', 'is no rate'],
    ['1.5/minute', 'is no rate'],
    ['-1', 'is no rate'],
    ['0', 'is no whole number from 1'],
    ['9999999999999', 'is no whole number from 1'],
    ['60/fortnight', 'names no period'],
    ['60/constructor', 'names no period'],
    ['100 tokens', 'Write 100 tokens/minute'],
    ['8 concurrent/minute', 'Write 8 concurrent'],
    ['60,30/minute', 'two limits of requests a minute'],
    ['60 dollars/minute', 'is no rate']
  ])('%s is refused, and the message says what to write', (text, message) => {
    expect(() => parseRates(text)).toThrow(RateError)
    expect(() => parseRates(text)).toThrow(message)
  })

  it('never takes a text for another limit than it says, and throws nothing but RateError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d .,/a-z]{0,24}$/)), (text) => {
        try {
          for (const { limit } of parseRates(text)) expect(text).toContain(String(limit))
        } catch (error) {
          expect(error).toBeInstanceOf(RateError)
        }
      })
    )
  })

  it('in words', () => {
    expect(parseRates('1/hour,2 tokens/day,3 concurrent').map(words)).toEqual([
      'requests an hour',
      'tokens a day',
      'calls at once'
    ])
  })
})

describe('the rates of a call', () => {
  const perMinute = (limit: number, scope: { token?: string; model?: string } = {}): RateLimit => {
    return { unit: 'requests', period: 'minute', limit, ...scope }
  }
  const namesOf = (limits: readonly RateLimit[], call: { models?: string[]; token?: string }): string[] =>
    createRates(limits)({ models: [], ...call }).map(({ name, limit }) => `${name} ${limit.limit}`)

  it('are those of its token and of its models, each counted for itself', () => {
    const limits = [
      perMinute(1),
      perMinute(2, { token: 'a' }),
      perMinute(3, { token: '*' }),
      perMinute(4, { model: 'GPT-4*' }),
      perMinute(5, { token: 'b', model: 'gpt-4*' })
    ]
    expect(namesOf(limits, {})).toEqual(['requests:minute 1'])
    // That of one token and that of every token mean the same: the smaller holds.
    expect(namesOf(limits, { token: 'a', models: ['gpt-4o'] })).toEqual([
      'requests:minute 1',
      'requests:minute:token%3Da 2',
      'requests:minute:model%3Dgpt-4* 4'
    ])
    expect(namesOf(limits, { token: 'b', models: ['other', 'Gpt-4-x'] })).toEqual([
      'requests:minute 1',
      'requests:minute:token%3Db 3',
      'requests:minute:model%3Dgpt-4* 4',
      'requests:minute:token%3Db:model%3Dgpt-4* 5'
    ])
  })

  it('have names that no token or model can forge', () => {
    const [one, two] = [perMinute(1, { token: 'a:model=x' }), perMinute(1, { token: 'a', model: 'x' })]
    const nameOf = (limit: RateLimit, token: string): string | undefined =>
      createRates([limit])({ models: ['x'], token })[0]?.name
    expect(nameOf(one, 'a:model=x')).not.toBe(nameOf(two, 'a'))
  })
})
