/** What clients and operators are told of rates. */
import { expect, it } from 'vitest'
import { rateHeaders, rateSummary } from '../../src/firewall/rate-limit.ts'
import { parseRates } from '../../src/metering/rates.ts'

it('a line for people says each rate, and whose it is', () => {
  expect(parseRates('60,5/hour,1000 tokens/day,8 concurrent').map(rateSummary)).toEqual([
    'rate: at most 60 requests a minute',
    'rate: at most 5 requests an hour',
    'rate: at most 1000 tokens a day',
    'rate: at most 8 calls at once'
  ])
  expect(rateSummary({ unit: 'concurrent', limit: 1, token: 'a', model: 'gpt-*' })).toBe(
    'rate: at most 1 calls at once (token a, model gpt-*)'
  )
})

it('headers tell the rate with the least left, unit by unit, and none where there is no rate', () => {
  expect(rateHeaders([])).toEqual([])
  expect(
    rateHeaders([
      { unit: 'requests', limit: 60, remaining: 20, freeInMs: 1500 },
      { unit: 'requests', limit: 1000, remaining: 3, freeInMs: 86_000_000 },
      { unit: 'concurrent', limit: 8, remaining: 7 }
    ])
  ).toEqual([
    ['x-openai-proxy-ratelimit-limit-requests', '1000'],
    ['x-openai-proxy-ratelimit-remaining-requests', '3'],
    ['x-openai-proxy-ratelimit-reset-requests', '86000s'],
    ['x-openai-proxy-ratelimit-limit-concurrent', '8'],
    ['x-openai-proxy-ratelimit-remaining-concurrent', '7']
  ])
})
