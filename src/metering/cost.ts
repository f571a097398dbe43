/** What a call has cost, by its usage. Whole micro-USD, rounded up: a sum of them is never less than the bill. */
import type { ModelPrice, Provider, Usage as ListUsage } from '@pydantic/genai-prices'
import { findPrice, type OwnPrice, type PriceFound, type PriceQuestion } from './prices.ts'
import type { Usage } from './usage.ts'

export interface Cost {
  /** Whole micro-USD. */
  readonly microUsd: number
  /** `false`: a part of the usage has no known price, and is not in `microUsd` or is in it at another price. */
  readonly complete: boolean
  /** Since when the price holds, where the list says so: `2026-08-21`. */
  readonly priceDate?: string
  /** The parts without a known price, in words; absent when complete. */
  readonly missing?: readonly string[]
}

export interface CostQuestion extends PriceQuestion {
  readonly usage: Usage
}

/** What a call has cost, or `undefined` for a model whose price nobody knows. */
export function priceOf(question: CostQuestion): Cost | undefined {
  const found = findPrice(question)
  return found && (plainCost(found, question) ?? wholeCost(found, question))
}

/** Most calls use these alone. Reasoning is a part of the output, and costs what it costs. */
const PLAIN_KINDS: ReadonlySet<string> = new Set(['inputTokens', 'outputTokens', 'cachedInputTokens', 'reasoningTokens'])

/** A sum is all that plain tokens need; the same as the list's own, without asking it. */
function plainCost(found: PriceFound, { model, usage }: CostQuestion): Cost | undefined {
  if (found.kind !== 'list' || !found.plain || SEARCHES.test(model)) return undefined
  for (const kind of Object.keys(usage) as (keyof Usage)[]) if (usage[kind] && !PLAIN_KINDS.has(kind)) return undefined
  const { input, output, cachedInput = 0 } = found.plain
  const { inputTokens = 0, outputTokens = 0 } = usage
  const cachedTokens = Math.min(usage.cachedInputTokens ?? 0, inputTokens)
  if (cachedTokens > 0 && found.plain.cachedInput === undefined) return undefined
  const usd = ((inputTokens - cachedTokens) * input + cachedTokens * cachedInput + outputTokens * output) / 1_000_000
  const microUsd = toMicroUsd(usd)
  return found.date === undefined ? { microUsd, complete: true } : { microUsd, complete: true, priceDate: found.date }
}

function wholeCost(found: PriceFound, question: CostQuestion): Cost {
  const usage = consistent(question.usage)
  const missing = found.kind === 'own' ? missingFromOwn(usage) : missingFromList(found.price, question.model, usage)
  const { usd, isWhole } =
    found.kind === 'own' ? { usd: ownCost(found.price, usage), isWhole: true } : listCost(question, usage, found.provider)
  if (!isWhole) missing.push('parts that overlap')
  return {
    microUsd: toMicroUsd(usd),
    complete: missing.length === 0,
    ...(found.kind === 'list' && found.date !== undefined ? { priceDate: found.date } : {}),
    ...(missing.length === 0 ? {} : { missing })
  }
}

/** Rounds up, and lets no rounding of the sum itself (0.1 + 0.2) add one. */
export function toMicroUsd(usd: number): number {
  return Math.ceil(usd * 1_000_000 - 1e-6) + 0
}

/** A sum of a user's own price, in USD. */
export function ownCost(price: OwnPrice, usage: Usage): number {
  const { input, cachedInput = input, cacheWrite = input, output = 0, perRequest = 0 } = price
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens = 0, cacheWriteInputTokens = 0 } = usage
  const plain = inputTokens - cachedInputTokens - cacheWriteInputTokens
  const tokens = plain * input + cachedInputTokens * cachedInput + cacheWriteInputTokens * cacheWrite + outputTokens * output
  return tokens / 1_000_000 + perRequest
}

/** Parts no greater than their whole, whatever an answer says: the list's sums throw on others. */
function consistent(usage: Usage): Usage {
  const total = usage.inputTokens ?? 0
  const cachedInputTokens = Math.min(usage.cachedInputTokens ?? 0, total)
  const cacheWriteInputTokens = Math.min(usage.cacheWriteInputTokens ?? 0, total - cachedInputTokens)
  const audioInputTokens = Math.min(usage.audioInputTokens ?? 0, total)
  return {
    ...usage,
    cachedInputTokens,
    cacheWriteInputTokens,
    cacheWrite1hInputTokens: Math.min(usage.cacheWrite1hInputTokens ?? 0, cacheWriteInputTokens),
    audioInputTokens,
    cachedAudioInputTokens: Math.min(usage.cachedAudioInputTokens ?? 0, audioInputTokens, cachedInputTokens),
    imageInputTokens: Math.min(usage.imageInputTokens ?? 0, total - audioInputTokens),
    audioOutputTokens: Math.min(usage.audioOutputTokens ?? 0, usage.outputTokens ?? 0),
    imageOutputTokens: Math.min(usage.imageOutputTokens ?? 0, usage.outputTokens ?? 0)
  }
}

function listCost(
  { list, model, at }: PriceQuestion,
  usage: Usage,
  provider: Provider
): { readonly usd: number; readonly isWhole: boolean } {
  const options = { provider, timestamp: new Date(at) }
  const total = (asked: ListUsage): number => list.calcPrice(asked, model, options)?.total_price ?? 0
  const all = inListTerms(usage)
  try {
    return { usd: total(all), isWhole: true }
  } catch {
    // Parts that overlap in a way the list cannot take apart: its plain price for the whole of them.
    return { usd: total({ input_tokens: usage.inputTokens ?? 0, output_tokens: usage.outputTokens ?? 0 }), isWhole: false }
  }
}

function inListTerms(usage: Usage): ListUsage {
  const all: ListUsage = {
    input_tokens: usage.inputTokens ?? 0,
    output_tokens: usage.outputTokens ?? 0,
    cache_read_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteInputTokens,
    cache_write_1h_tokens: usage.cacheWrite1hInputTokens,
    input_audio_tokens: usage.audioInputTokens,
    cache_audio_read_tokens: usage.cachedAudioInputTokens,
    input_image_tokens: usage.imageInputTokens,
    output_audio_tokens: usage.audioOutputTokens,
    output_image_tokens: usage.imageOutputTokens,
    audio_seconds: usage.audioInputSeconds,
    input_audio_seconds: usage.audioInputSeconds,
    web_searches: usage.webSearches,
    storage_searches: usage.fileSearches
  }
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count))
}

function missingFromOwn(usage: Usage): string[] {
  return [...missingTools(usage), usage.webSearches && 'web search', usage.fileSearches && 'file search'].filter(isText)
}

/** Models that search the web with every call. */
const SEARCHES = /search-(preview|api)/

/** The parts of a usage for which the list has no price of their own: it would take them for text, or for nothing. */
function missingFromList(price: ModelPrice, model: string, usage: Usage): string[] {
  if (Object.keys(price).length === 0) return []
  const lacks = (key: string, count: number | undefined, name: string): string | undefined =>
    count && price[key] === undefined ? name : undefined
  // The whole output of an image model is images; its price for output is theirs.
  const drawsOnly = /^(gpt|chatgpt)-image/.test(model)
  const isTimed = price['audio_hours'] !== undefined
  const searches = SEARCHES.test(model) && !usage.webSearches
  return [
    isTimed ? usage.audioInputSeconds === undefined && 'duration of the sound' : lacks('input_mtok', usage.inputTokens, 'input'),
    isTimed ? undefined : lacks('output_mtok', usage.outputTokens, 'output'),
    isTimed ? undefined : usage.audioInputSeconds && 'duration of the sound',
    lacks('cache_write_mtok', usage.cacheWriteInputTokens, 'cache write'),
    lacks('cache_write_1h_mtok', usage.cacheWrite1hInputTokens, 'cache write for an hour'),
    lacks('input_audio_mtok', usage.audioInputTokens, 'audio input'),
    lacks('output_audio_mtok', usage.audioOutputTokens, 'audio output'),
    lacks('input_image_mtok', usage.imageInputTokens, 'image input'),
    drawsOnly ? undefined : lacks('output_image_mtok', usage.imageOutputTokens, 'image output'),
    lacks('web_searches_kcount', usage.webSearches, 'web search'),
    lacks('storage_searches_kcount', usage.fileSearches, 'file search'),
    searches && 'web search',
    usage.serviceTier !== undefined && `service tier ${usage.serviceTier}`,
    ...missingTools(usage)
  ].filter(isText)
}

function missingTools({ codeExecutions, imageGenerations }: Usage): (string | undefined)[] {
  return [codeExecutions ? 'code execution' : undefined, imageGenerations ? 'image generation' : undefined]
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
