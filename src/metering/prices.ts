/** What a provider asks for its models: the user's own prices first, then those of `@pydantic/genai-prices`. */
import type { ModelPrice, Provider } from '@pydantic/genai-prices'
import { compileGlob } from '../http/glob.ts'

/** A user's own price, in USD per million tokens. */
export interface OwnPrice {
  /** The models it is for: `gpt-4o*`, compared without case. The first price that fits holds. */
  readonly model: string
  readonly input: number
  /** @default the price of `input` */
  readonly cachedInput?: number | undefined
  /** @default the price of `input` */
  readonly cacheWrite?: number | undefined
  /** @default 0, as for embeddings */
  readonly output?: number | undefined
  /** USD for each request. @default 0 */
  readonly perRequest?: number | undefined
}

/** What is asked for a model. */
export type PriceFound =
  | { readonly kind: 'own'; readonly price: OwnPrice }
  | {
      readonly kind: 'list'
      /** USD by unit: `input_mtok` and the like. Empty: free. */
      readonly price: ModelPrice
      /** Since when this price holds, as `2026-08-21`; absent where the list does not say. */
      readonly date?: string
      /** Tokens that the model takes at once. */
      readonly contextWindow?: number
      /** Where a call of plain tokens needs no more than a sum: every rate of it is one number. */
      readonly plain?: PlainRates
      /** The list's provider with this model alone: a sum that is asked of it looks through no other. */
      readonly provider: Provider
    }

/** What plain tokens cost, in USD per million. */
export interface PlainRates {
  readonly input: number
  readonly output: number
  /** Of input that was read from a cache; absent where the list has no price for it. */
  readonly cachedInput: number | undefined
}

/** The list of prices, loaded. */
export type PriceList = Pick<typeof import('@pydantic/genai-prices'), 'calcPrice'>

/** Loads the list (2 MB): once, before the first question. */
export async function loadPriceList(): Promise<PriceList> {
  return import('@pydantic/genai-prices')
}

export interface PriceQuestion {
  readonly list: PriceList

  /** `openai`, `anthropic`. */
  readonly provider: string
  readonly model: string
  readonly prices?: readonly OwnPrice[] | undefined
  /** Milliseconds since 1970: the prices of that day. */
  readonly at: number
}

/** The only models of the list that cost nothing; an empty price of another means that nobody knows it. */
const FREE_MODELS = /moderation/

/** The price of a model, or `undefined` when nobody knows it. */
export function findPrice({ list, provider, model, prices, at }: PriceQuestion): PriceFound | undefined {
  const own = prices?.find((price) => compileGlob(price.model.toLowerCase())(model.toLowerCase()))
  return own ? { kind: 'own', price: own } : lookUp(list, provider, model, at)
}

/** What a list said, and of which second. */
interface LookedUp {
  readonly second: number
  readonly found: PriceFound | undefined
}

/** Answers of each list, by provider and model. */
const answers = new WeakMap<PriceList, Map<string, LookedUp>>()

/** Anybody may name any model: more than these are looked up anew. */
const MOST_ANSWERS = 1000

/** Looks through the whole list, once for each model and second: prices change by the day, some by the time of day. */
function lookUp(list: PriceList, provider: string, model: string, at: number): PriceFound | undefined {
  const ofList = answers.get(list) ?? new Map<string, LookedUp>()
  const name = `${provider} ${model}`
  const second = Math.floor(at / 1000)
  const known = ofList.get(name)
  if (known?.second === second) return known.found
  const found = askList(list, provider, model, at)
  if (ofList.size >= MOST_ANSWERS) ofList.clear()
  if (name.length <= LONGEST_NAME) ofList.set(name, { second, found })
  answers.set(list, ofList)
  return found
}

/** No model's name is longer. */
const LONGEST_NAME = 200

function askList(list: PriceList, provider: string, model: string, at: number): PriceFound | undefined {
  const found = list.calcPrice({ input_tokens: 0 }, model, { providerId: provider, timestamp: new Date(at) })
  if (!found) return undefined
  const { model_price: price, model: info } = found
  if (Object.keys(price).length === 0 && !FREE_MODELS.test(info.id)) return undefined
  const dated = Array.isArray(info.prices) ? info.prices.find(({ prices: one }) => one === price)?.constraint : undefined
  const date = dated?.type === 'start_date' ? dated.start_date : undefined
  const plain = plainRates(price)
  return {
    kind: 'list',
    price,
    provider: { ...found.provider, models: [info] },
    ...(date === undefined ? {} : { date }),
    ...(plain === undefined ? {} : { plain }),
    ...(info.context_window === undefined ? {} : { contextWindow: info.context_window })
  }
}

/** Units that a call of plain tokens has nothing of; any other one may have a price for each call. */
const NOT_PLAIN = /^(?:cache_write|cache_write_1h|(?:input|output|cache)_(?:audio|image)|cache_audio_read)_mtok$|searches_kcount$/

/** `undefined` where a rate has steps, or the list says more than rates of tokens. */
function plainRates({
  input_mtok: input,
  output_mtok: output,
  cache_read_mtok: cachedInput,
  ...others
}: ModelPrice): PlainRates | undefined {
  if (typeof input !== 'number' || typeof output !== 'number' || typeof cachedInput === 'object') return undefined
  return Object.keys(others).every((unit) => NOT_PLAIN.test(unit)) ? { input, output, cachedInput } : undefined
}

/** USD for a unit, at the highest step that an input of this size can reach; `undefined` where the list has none. */
export function highestRate(price: ModelPrice, key: string, inputTokens: number): number | undefined {
  const rate = price[key]
  if (rate === undefined || typeof rate === 'number') return rate
  return Math.max(rate.base, ...rate.tiers.filter(({ start }) => inputTokens > start).map(({ price: step }) => step))
}
