/** Reads the tokens that an answer says it used, whatever the endpoint and whichever provider. */
import { isObject, tryParseJson, type Json } from '../http/json.ts'

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
}

/** Usage out of one JSON value: a whole answer, or one event of a stream. `undefined` where it holds none. */
export function readUsage(value: Json | undefined): Usage | undefined {
  if (!isObject(value)) return undefined
  const usage = [value, value['response'], value['message']].map((holder) => isObject(holder) && holder['usage']).find(isObject)
  if (!usage) return undefined
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
    audioOutputTokens: count(outputDetails, 'audio_tokens')
  })
}

/** Usage out of the data of a stream's events; later events complete earlier ones (Anthropic gives input first, output last). */
export function readStreamUsage(events: Iterable<string>): Usage | undefined {
  let merged: Usage | undefined
  for (const data of events) {
    const usage = data.includes('"usage"') ? readUsage(tryParseJson(data)) : undefined
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

function present(usage: { [Kind in keyof Usage]: number | undefined }): Usage | undefined {
  const known = Object.entries(usage).filter(([, value]) => value !== undefined)
  return known.length === 0 ? undefined : (Object.fromEntries(known) as Usage)
}
