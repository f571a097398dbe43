/** Reads out of a request what bounds its cost: its limits, its images, and whether the model reads more than the body holds. */
import { isObject, type Json } from '../http/json.ts'
import type { ModelCall, ParsedContent } from '../providers/provider.ts'
import type { FieldEdit } from './rule.ts'

export interface CallSize {
  readonly images: number
  /** Whether the model reads what the body only names: files, earlier responses, stored prompts, results of the provider's own tools. */
  readonly readsElsewhere: boolean
  /** Most searches of the web that may be run. */
  readonly webSearches: number
  readonly serviceTier: string | undefined
}

/** Fields that name what stands elsewhere, when they are set. */
const NAMES_ELSEWHERE = new Set([
  'previous_response_id',
  'conversation',
  'file_id',
  'file_ids',
  'file_url',
  'container',
  'mcp_servers',
  'input_file_id'
])

/** Types of parts and tools that bring in what stands elsewhere. */
const BRINGS_ELSEWHERE =
  /^(?:input_file|file|document|item_reference|file_search|code_interpreter|code_execution|computer|mcp|web_fetch)/

const IMAGES = /^(?:input_image|image_url|image)$/

/** Searches that a call may run where it does not say how many. */
const SEARCHES = 10

export function readCallSize(content: ParsedContent): CallSize {
  if (content.kind === 'form') {
    const files = content.fields.filter(({ filename }) => filename !== undefined).length
    return { images: files, readsElsewhere: false, webSearches: 0, serviceTier: undefined }
  }
  if (content.kind !== 'json') return { images: 0, readsElsewhere: false, webSearches: 0, serviceTier: undefined }
  const found = { images: 0, readsElsewhere: false, webSearches: 0 }
  const visit = (value: Json): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (!isObject(value)) return
    const type = typeof value['type'] === 'string' ? value['type'] : ''
    if (IMAGES.test(type)) found.images += 1
    if (BRINGS_ELSEWHERE.test(type)) found.readsElsewhere = true
    if (type.startsWith('web_search')) {
      const most = value['max_uses']
      found.webSearches += typeof most === 'number' ? most : SEARCHES
      found.readsElsewhere = true
    }
    for (const name of Object.keys(value)) {
      const child = value[name]!
      if (NAMES_ELSEWHERE.has(name) && child !== null) found.readsElsewhere = true
      if (typeof child === 'object') visit(child)
    }
  }
  visit(content.value)
  const top = isObject(content.value) ? content.value : {}
  const tier = top['service_tier']
  // A stored prompt is an object with an id; a prompt that is text is only text.
  const storedPrompt = isObject(top['prompt'])
  return {
    images: found.images,
    webSearches: found.webSearches,
    readsElsewhere: found.readsElsewhere || storedPrompt || top['web_search_options'] !== undefined,
    serviceTier: typeof tier === 'string' ? tier : undefined
  }
}

/**
 * Most output tokens of a call, over all its choices; `undefined` where none is set, or where what is set is no limit: `-1`, which some
 * servers read as endless.
 */
export function outputLimitOf(call: ModelCall, content: ParsedContent, edits: readonly FieldEdit[]): number | undefined {
  if (call.tokenLimits.length + edits.length === 0) return undefined
  const values = new Map([...call.tokenLimits, ...edits].map(({ path, value }) => [JSON.stringify(path), { path, value }]))
  // One object is one call: under whichever of its names the limit is obeyed, it is no more than the largest.
  const limits = new Map<string, number>()
  for (const { path, value } of values.values()) {
    if (value === null) continue
    const limit = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 0) return undefined
    const holder = JSON.stringify(path.slice(0, -1))
    limits.set(holder, Math.max(limit, limits.get(holder) ?? 0))
  }
  if (limits.size === 0) return undefined
  const top = content.kind === 'json' && isObject(content.value) ? content.value : {}
  const choices = Math.max(
    ...[top['n'], top['best_of']].map((count) => (typeof count === 'number' && count > 1 ? Math.ceil(count) : 1))
  )
  const prompts = Array.isArray(top['prompt']) ? Math.max(1, top['prompt'].length) : 1
  // A batch holds one limit for each of its calls.
  return [...limits.values()].reduce((sum, limit) => sum + limit, 0) * choices * prompts
}

/**
 * Whether the output limit binds all that the model says in an answer. It does not bind the rounds of the provider's own tools, nor a
 * prompt that is echoed.
 */
export function isOutputBound(content: ParsedContent, { readsElsewhere }: CallSize): boolean {
  return content.kind === 'json' && isObject(content.value) && content.value['echo'] !== true && !readsElsewhere
}
