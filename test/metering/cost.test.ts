/** Cost: what the list says, what users say, and nothing made up where nobody knows. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundCall, boundInputTokens, IMAGE_BOUND_TOKENS } from '../../src/metering/bound.ts'
import { priceOf, type Cost } from '../../src/metering/cost.ts'
import { loadPriceList, type OwnPrice } from '../../src/metering/prices.ts'
import type { Usage } from '../../src/metering/usage.ts'

const list = await loadPriceList()
const AT = Date.UTC(2026, 10, 24)
const openai = (model: string, usage: Usage, prices?: OwnPrice[]): Cost | undefined =>
  priceOf({ list, provider: 'openai', model, usage, prices, at: AT })
const anthropic = (model: string, usage: Usage): Cost | undefined =>
  priceOf({ list, provider: 'anthropic', model, usage, at: AT })

describe('a price from the list', () => {
  it.each<[string, Usage, number]>([
    ['gpt-4o', { inputTokens: 1000, outputTokens: 100 }, 3500],
    ['gpt-4o', { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 400, reasoningTokens: 50 }, 3000],
    ['gpt-4', { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 500 }, 36_000],
    ['gpt-4o', { inputTokens: 0, outputTokens: 0, webSearches: 2 }, 20_000],
    // 20 tokens at 0.02 USD a million are 0.4 micro-USD: rounded up, never to nothing.
    ['text-embedding-3-small', { inputTokens: 20 }, 1],
    ['text-embedding-3-small', {}, 0],
    ['omni-moderation-latest', { inputTokens: 20 }, 0],
    ['whisper-1', { audioInputSeconds: 60 }, 6000],
    // 100 tokens: 40 of sound from the cache, 40 of sound, 10 of text from the cache, 10 of text.
    [
      'gpt-realtime',
      { inputTokens: 100, cachedInputTokens: 50, audioInputTokens: 80, cachedAudioInputTokens: 40 },
      16 + 1280 + 4 + 40
    ]
  ])('%s %j costs %d micro-USD', (model, usage, microUsd) => {
    expect(openai(model, usage)).toMatchObject({ microUsd, complete: true })
  })

  it('counts what Anthropic writes to a cache, also for an hour, and its searches', () => {
    const usage = { inputTokens: 3000, outputTokens: 1, cacheWriteInputTokens: 2000, cacheWrite1hInputTokens: 1000 }
    expect(anthropic('claude-sonnet-4-5-20250929', usage)).toMatchObject({
      microUsd: 3000 + 3750 + 6000 + 15,
      complete: true
    })
    expect(anthropic('claude-sonnet-4-5-20250929', { webSearches: 2 })).toMatchObject({ microUsd: 20_000, complete: true })
  })

  it('of plain tokens is the sum that the list itself makes, for every model', () => {
    const models = ['gpt-3.5-turbo', 'gpt-4', 'gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-5', 'gpt-5-mini', 'o3', 'o4-mini']
    const claudes = ['claude-3-5-haiku-latest', 'claude-opus-4-1', 'claude-sonnet-4-5', 'claude-haiku-4-5']
    const named = [...models.map((model) => ['openai', model]), ...claudes.map((model) => ['anthropic', model])] as [
      string,
      string
    ][]
    const count = fc.nat({ max: 1_000_000 })
    fc.assert(
      fc.property(fc.constantFrom(...named), count, count, count, ([provider, model], inputTokens, outputTokens, cached) => {
        const cachedInputTokens = Math.min(cached, inputTokens)
        const asked = { input_tokens: inputTokens, output_tokens: outputTokens, cache_read_tokens: cachedInputTokens }
        const usd = list.calcPrice(asked, model, { providerId: provider, timestamp: new Date(AT) })!.total_price
        const usage = { inputTokens, outputTokens, cachedInputTokens, reasoningTokens: outputTokens }
        const cost = priceOf({ list, provider, model, usage, at: AT })
        expect(cost).toMatchObject({ microUsd: Math.ceil(usd * 1_000_000 - 1e-6) + 0, complete: true })
      }),
      { numRuns: 500 }
    )
  })

  it('is the one of the day, and says since when it holds', () => {
    const usage = { inputTokens: 1_000_000 }
    const on = (at: number): Cost | undefined => priceOf({ list, provider: 'openai', model: 'o3', usage, at })
    expect(on(Date.UTC(2025, 5, 1))).toEqual({ microUsd: 10_000_000, complete: true })
    expect(on(Date.UTC(2025, 6, 1))).toEqual({ microUsd: 2_000_000, complete: true, priceDate: '2025-06-10' })
  })

  it.each(['gpt-nonsense', 'tts-1', 'dall-e-3', 'sora-2', 'claude-sonnet-4-5', '', '__proto__'])(
    'of %j is unknown, not zero',
    (model) => {
      expect(openai(model, { inputTokens: 10, outputTokens: 10 })).toBeUndefined()
    }
  )

  it.each<[string, Usage, string[]]>([
    ['gpt-4o', { inputTokens: 10, audioInputTokens: 10 }, ['audio input']],
    ['gpt-4o', { inputTokens: 10, serviceTier: 'priority' }, ['service tier priority']],
    [
      'gpt-4o',
      { inputTokens: 10, serviceTier: 'flex', codeExecutions: 1, imageGenerations: 1 },
      ['service tier flex', 'code execution', 'image generation']
    ],
    ['gpt-4', { inputTokens: 10, webSearches: 1 }, ['web search']],
    ['gpt-4o-search-preview', { inputTokens: 10 }, ['web search']],
    ['whisper-1', { inputTokens: 1000, outputTokens: 10 }, ['duration of the sound']],
    ['gpt-4o-transcribe', { audioInputSeconds: 10 }, ['duration of the sound']]
  ])('of %s is not complete for %j', (model, usage, missing) => {
    expect(openai(model, usage)).toMatchObject({ complete: false, missing })
  })

  it('never throws, and is whole, whatever an answer claims', () => {
    const count = fc.option(fc.nat(10_000), { nil: undefined })
    const keys = [
      'inputTokens',
      'outputTokens',
      'cachedInputTokens',
      'cacheWriteInputTokens',
      'cacheWrite1hInputTokens',
      'audioInputTokens'
    ]
    const more = [
      'cachedAudioInputTokens',
      'audioOutputTokens',
      'imageInputTokens',
      'imageOutputTokens',
      'audioInputSeconds',
      'webSearches'
    ]
    const usage = fc.record(Object.fromEntries([...keys, ...more].map((key) => [key, count])), {
      requiredKeys: []
    }) as fc.Arbitrary<Usage>
    const model = fc.constantFrom('gpt-4o', 'gpt-realtime', 'gpt-image-1', 'gpt-5.6-sol', 'whisper-1', 'gpt-4o-transcribe')
    fc.assert(
      fc.property(usage, model, (one, name) => {
        const cost = openai(name, one)
        expect(Number.isSafeInteger(cost?.microUsd)).toBe(true)
        expect(cost!.microUsd).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 500 }
    )
  })
})

describe('a price of the user', () => {
  const prices: OwnPrice[] = [
    { model: 'GPT-4o*', input: 4, cachedInput: 1, cacheWrite: 5, output: 8, perRequest: 0.01 },
    { model: 'local/*', input: 0 },
    { model: '*', input: 100 }
  ]

  it('wins over the list, the first that fits, whatever the case', () => {
    const usage = { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 200, cacheWriteInputTokens: 300 }
    expect(openai('gpt-4o-mini', usage, prices)).toEqual({ microUsd: 2000 + 200 + 1500 + 800 + 10_000, complete: true })
    expect(openai('local/llama', usage, prices)).toEqual({ microUsd: 0, complete: true })
    expect(openai('anything', { inputTokens: 7, cachedInputTokens: 3 }, prices)).toEqual({ microUsd: 700, complete: true })
  })

  it('does not cover tools, and says so', () => {
    expect(openai('gpt-4o', { inputTokens: 1, webSearches: 1, codeExecutions: 1 }, prices)).toMatchObject({
      complete: false,
      missing: ['code execution', 'web search']
    })
  })
})

describe('the worst case', () => {
  const bound = (model: string, inputTokens: number, outputLimit: number | undefined, more: object = {}): number | undefined =>
    boundCall({ list, provider: 'openai', model, inputTokens, outputLimit, at: AT, ...more }).microUsd

  it('is input and output limit at the highest price they can have', () => {
    expect(bound('gpt-4o', 1000, 100)).toBe(3500)
    expect(bound('gpt-4o', 1000, 100, { webSearches: 1 })).toBe(13_500)
    expect(bound('text-embedding-3-small', 1_000_000, undefined)).toBe(20_000)
    expect(bound('gpt-5.6-sol', 1000, 0)).toBe(5000)
    expect(bound('gpt-5.6-sol', 300_000, 0)).toBe(3_000_000)
    expect(bound('omni-moderation-latest', 1000, undefined)).toBe(0)
  })

  it('without an output limit is the context window', () => {
    expect(bound('gpt-4o', 0, undefined)).toBe(128_000 * 10)
    expect(bound('gpt-4o', Number.POSITIVE_INFINITY, 0)).toBe(128_000 * 2.5)
  })

  it.each<[string, string, object]>([
    ['an unknown model', 'gpt-nonsense', {}],
    ['a tier that may cost more', 'gpt-4o', { serviceTier: 'priority' }],
    ['searches without a price', 'gpt-4', { webSearches: 1 }],
    ['a model paid by time', 'whisper-1', {}],
    ['a price of the user and no output limit', 'x', { prices: [{ model: 'x', input: 1, output: 1 }], outputLimit: undefined }],
    ['a price of the user and no input bound', 'x', { prices: [{ model: 'x', input: 1 }], inputTokens: Number.POSITIVE_INFINITY }]
  ])('is unknown for %s', (_name, model, more) => {
    expect(bound(model, 10, 10, more)).toBeUndefined()
  })

  it('is never below the price of an answer within it', () => {
    const part = fc.nat(400_000)
    const model = fc.constantFrom('gpt-4o', 'gpt-5.6-sol', 'gpt-realtime', 'gpt-image-1', 'gpt-4.1-mini', 'o3')
    fc.assert(
      fc.property(part, part, part, part, model, (input, output, cached, audio, name) => {
        const usage = {
          inputTokens: input,
          outputTokens: output,
          cachedInputTokens: cached,
          audioInputTokens: audio,
          imageOutputTokens: audio
        }
        expect(bound(name, input, output)).toBeGreaterThanOrEqual(openai(name, usage)!.microUsd)
      }),
      { numRuns: 300 }
    )
  })

  it('counts a byte as a token, images flat, and what lies elsewhere as without end', () => {
    expect(boundInputTokens(500)).toBeGreaterThan(500)
    expect(boundInputTokens(500, { images: 2 }) - boundInputTokens(500)).toBe(2 * IMAGE_BOUND_TOKENS)
    expect(boundInputTokens(500, { readsElsewhere: true })).toBe(Number.POSITIVE_INFINITY)
  })
})
