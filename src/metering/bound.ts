/** What a call may cost at most, told before it goes out: what a budget reserves. */
import type { ModelPrice } from '@pydantic/genai-prices'
import { ownCost, toMicroUsd } from './cost.ts'
import { findPrice, highestRate, type PriceFound, type PriceQuestion } from './prices.ts'

/** Most tokens that one image is counted as, by any model and at any size: documented prices stay below 49,000 (gpt-4o-mini, high detail). */
export const IMAGE_BOUND_TOKENS = 50_000

/** Most tokens that a provider adds by itself: the instructions for its tools, the marks around messages. */
export const ADDED_BOUND_TOKENS = 2_000

export interface InputParts {
  /** Images, in the body or behind a URL: their cost follows their pixels, not their bytes. @default 0 */
  readonly images?: number
  /**
   * Whether the model reads what the body only names or packs: files and PDFs, an earlier response, a conversation, a stored prompt, the
   * results of the provider's own tools. Only the model's context window bounds them. @default false
   */
  readonly readsElsewhere?: boolean
}

/**
 * More tokens than the input of a call can have. True for text because a token is at least one byte; `Infinity` (up to the model's context
 * window) where the call reads what is not in its body.
 */
export function boundInputTokens(bodyBytes: number, { images = 0, readsElsewhere = false }: InputParts = {}): number {
  return readsElsewhere ? Number.POSITIVE_INFINITY : bodyBytes + images * IMAGE_BOUND_TOKENS + ADDED_BOUND_TOKENS
}

export interface BoundQuestion extends PriceQuestion {
  /** From `boundInputTokens`. */
  readonly inputTokens: number
  /** Most tokens of output, over all choices (`n`, `best_of`) together; `undefined`: no limit is set, and the context window is taken. */
  readonly outputLimit: number | undefined
  /** Most searches of the web that may be run. @default 0 */
  readonly webSearches?: number
  /** What the request asks for. `priority` and every tier that may cost more than the list has no bound without a price of one's own. */
  readonly serviceTier?: string | undefined
}

/** Tiers that cost no more than the list says. `auto` follows the project's settings, as does a request that says nothing. */
const TIERS_WITHIN_LIST = new Set(['default', 'standard', 'standard_only', 'auto', 'flex', 'batch'])

/** The most that a call may take. */
export interface Bound {
  /** Whole micro-USD; `undefined` where nothing bounds it: an unknown price, tier or size. */
  readonly microUsd: number | undefined
  /** Input and output; `Infinity` where nothing bounds them. A model without a price for output has none. */
  readonly tokens: number
}

/** The worst case of a call. */
export function boundCall(question: BoundQuestion): Bound {
  const found = findPrice(question)
  return { microUsd: found && boundCost(found, question), tokens: boundTokens(found, question) }
}

function boundTokens(found: PriceFound | undefined, { inputTokens, outputLimit }: BoundQuestion): number {
  const contextWindow = (found?.kind === 'list' ? found.contextWindow : undefined) ?? Number.POSITIVE_INFINITY
  const hasOutput = found?.kind === 'list' ? OUTPUT_RATES.some((key) => found.price[key] !== undefined) : !isSilent(found)
  return (Number.isFinite(inputTokens) ? inputTokens : contextWindow) + (outputLimit ?? (hasOutput ? contextWindow : 0))
}

function isSilent(found: PriceFound | undefined): boolean {
  return found?.kind === 'own' && !found.price.output
}

const INPUT_RATES = [
  'input_mtok',
  'cache_read_mtok',
  'cache_write_mtok',
  'cache_write_1h_mtok',
  'input_audio_mtok',
  'input_image_mtok'
]
const OUTPUT_RATES = ['output_mtok', 'output_audio_mtok', 'output_image_mtok']

function boundCost(found: PriceFound, question: BoundQuestion): number | undefined {
  const usd = found.kind === 'own' ? boundOwn(found, question) : boundList(found, question)
  const bound = usd === undefined ? Number.NaN : toMicroUsd(usd)
  return Number.isSafeInteger(bound) ? bound : undefined
}

function boundOwn(
  { price }: PriceFound & { kind: 'own' },
  { inputTokens, outputLimit, webSearches = 0 }: BoundQuestion
): number | undefined {
  if (outputLimit === undefined && (price.output ?? 0) > 0) return undefined
  if (webSearches > 0) return undefined
  const { input, cachedInput = input, cacheWrite = input } = price
  const worst = { ...price, input: Math.max(input, cachedInput, cacheWrite) }
  return ownCost(worst, { inputTokens, outputTokens: outputLimit ?? 0 })
}

function boundList({ price, contextWindow }: PriceFound & { kind: 'list' }, question: BoundQuestion): number | undefined {
  const { inputTokens: asked, outputLimit, webSearches = 0, serviceTier } = question
  if (Object.keys(price).length === 0) return 0
  if (serviceTier !== undefined && !TIERS_WITHIN_LIST.has(serviceTier)) return undefined
  const inputTokens = Number.isFinite(asked) ? asked : contextWindow
  const highest = (keys: readonly string[]): number | undefined => highestOf(price, keys, inputTokens ?? 0)
  const input = highest(INPUT_RATES)
  if (inputTokens === undefined || input === undefined) return undefined
  const output = highest(OUTPUT_RATES) ?? 0
  const outputTokens = output === 0 ? 0 : (outputLimit ?? contextWindow)
  const search = highest(['web_searches_kcount'])
  if (outputTokens === undefined || (webSearches > 0 && search === undefined)) return undefined
  return (inputTokens * input + outputTokens * output) / 1_000_000 + (webSearches * (search ?? 0)) / 1000
}

function highestOf(price: ModelPrice, keys: readonly string[], inputTokens: number): number | undefined {
  let highest: number | undefined
  for (const key of keys) {
    const rate = highestRate(price, key, inputTokens)
    if (rate !== undefined && (highest === undefined || rate > highest)) highest = rate
  }
  return highest
}
