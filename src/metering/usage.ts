/** Reads the tokens that an answer says it used, whatever the endpoint and whichever provider. */
import { isObject, tryParseJson, type Json } from '../http/json.ts'

type JsonObject = { readonly [key: string]: Json }

/** Tokens by kind. `input` and `output` are totals; the others are parts of them. Absent: the answer did not say. */
export interface Usage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  /** Part of the input that was read from a cache. */
  readonly cachedInputTokens?: number
  /** Part of the input that was written to a cache (Anthropic). */
  readonly cacheWriteInputTokens?: number
  /** Part of the output spent on reasoning. */
  readonly reasoningTokens?: number
  /** Part of the input that is sound. */
  readonly audioInputTokens?: number
  /** Part of the output that is sound. */
  readonly audioOutputTokens?: number
  /** Part of the input that is sound and was read from a cache. */
  readonly cachedAudioInputTokens?: number
  /** Part of the input that is images; absent where there are none. */
  readonly imageInputTokens?: number
  /** Part of the output that is images; absent where there are none. */
  readonly imageOutputTokens?: number
  /** Part of `cacheWriteInputTokens` that is kept for an hour and costs more; absent where there is none. */
  readonly cacheWrite1hInputTokens?: number
  /** Seconds of sound, where an answer counts time and no tokens. */
  readonly audioInputSeconds?: number
  /** Searches of the web that the provider ran; like every call of a tool below, absent where there were none. */
  readonly webSearches?: number
  /** Searches of stored files that the provider ran. */
  readonly fileSearches?: number
  /** Programs that the provider ran. */
  readonly codeExecutions?: number
  /** Images that a tool of the provider drew within an answer. */
  readonly imageGenerations?: number
  /** The tier that the answer says it was served in: `flex`, `priority`, `batch`. Absent: the standard one. */
  readonly serviceTier?: string
}

/** Names of the tier that list prices are for. */
const STANDARD_TIERS: readonly unknown[] = ['default', 'standard', 'auto', 'standard_only']

/** What every text has that tells usage. With the quote before it, too, a search would stop at each string of JSON, eight times as long. */
export const USAGE_MARK = 'usage"'

/** Usage out of one JSON value: a whole answer, or one event of a stream. `undefined` where it holds none. */
export function readUsage(value: Json | undefined): Usage | undefined {
  if (!isObject(value)) return undefined
  const holder = [value, value['response'], value['message']].filter(isObject).find((one) => isObject(one['usage']))
  const usage = holder?.['usage']
  if (!holder || !isObject(usage)) return undefined
  const inputDetails = usage['input_tokens_details'] ?? usage['prompt_tokens_details'] ?? usage['input_token_details']
  const outputDetails = usage['output_tokens_details'] ?? usage['completion_tokens_details'] ?? usage['output_token_details']
  const cacheRead = count(usage, 'cache_read_input_tokens')
  const cacheWrite = count(usage, 'cache_creation_input_tokens')
  const input = count(usage, 'input_tokens') ?? count(usage, 'prompt_tokens')
  return present({
    // Anthropic counts cached tokens beside `input_tokens`, OpenAI within.
    inputTokens: input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    outputTokens: count(usage, 'output_tokens') ?? count(usage, 'completion_tokens'),
    cachedInputTokens: cacheRead ?? count(inputDetails, 'cached_tokens'),
    cacheWriteInputTokens: cacheWrite,
    reasoningTokens: count(outputDetails, 'reasoning_tokens'),
    audioInputTokens: count(inputDetails, 'audio_tokens'),
    audioOutputTokens: count(outputDetails, 'audio_tokens'),
    cachedAudioInputTokens:
      count(isObject(inputDetails) ? inputDetails['cached_tokens_details'] : undefined, 'audio_tokens') || undefined,
    imageInputTokens: count(inputDetails, 'image_tokens') || undefined,
    imageOutputTokens: count(outputDetails, 'image_tokens') || undefined,
    cacheWrite1hInputTokens: count(usage['cache_creation'], 'ephemeral_1h_input_tokens') || undefined,
    audioInputSeconds: usage['type'] === 'duration' ? count(usage, 'seconds') : undefined,
    ...readTools(holder, usage),
    serviceTier: readTier(usage['service_tier'] ?? holder['service_tier'])
  })
}

/** Calls of the provider's own tools: Anthropic counts them, the Responses API lists them in its output. */
function readTools(holder: JsonObject, usage: JsonObject): Partial<Record<keyof Usage, number | undefined>> {
  const output = Array.isArray(holder['output']) ? holder['output'].filter(isObject) : []
  const listed = (type: string): number => output.filter((item) => item['type'] === type && isBilled(item)).length
  const counted = usage['server_tool_use']
  return {
    webSearches: (count(counted, 'web_search_requests') ?? listed('web_search_call')) || undefined,
    fileSearches: listed('file_search_call') || undefined,
    codeExecutions: (count(counted, 'code_execution_requests') ?? listed('code_interpreter_call')) || undefined,
    imageGenerations: listed('image_generation_call') || undefined
  }
}

/** A web search that opens a page, or looks for a text in one, is no search. */
function isBilled({ action }: JsonObject): boolean {
  return !isObject(action) || action['type'] === undefined || action['type'] === 'search'
}

function readTier(tier: Json | undefined): string | undefined {
  return typeof tier === 'string' && !STANDARD_TIERS.includes(tier) ? tier.slice(0, 40) : undefined
}

/** Usage out of the data of a stream's events; later events complete earlier ones (Anthropic gives input first, output last). */
export function readStreamUsage(events: Iterable<string>): Usage | undefined {
  let merged: Usage | undefined
  for (const data of events) {
    const usage = data.includes(USAGE_MARK) ? readUsage(tryParseJson(data)) : undefined
    if (usage) merged = mergeUsage(merged, usage)
  }
  return merged
}

/** The later count wins, kind by kind. */
export function mergeUsage(earlier: Usage | undefined, later: Usage): Usage {
  return { ...earlier, ...later }
}

function count(holder: Json | undefined, key: string): number | undefined {
  const value = isObject(holder) ? holder[key] : undefined
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

function present(usage: { [Kind in keyof Usage]: Usage[Kind] | undefined }): Usage | undefined {
  let known: { -readonly [Kind in keyof Usage]: unknown } | undefined
  for (const kind of Object.keys(usage) as (keyof Usage)[]) {
    if (usage[kind] !== undefined) (known ??= {})[kind] = usage[kind]
  }
  return known as Usage | undefined
}
