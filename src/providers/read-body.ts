/** Reads every text, model and token limit out of a body, whatever the endpoint: one walk, a role for each leaf. */
import { isObject, JsonError, parseJson, tryParseJson, type Json, type JsonPath } from '../http/json.ts'
import type { FormField, ParsedContent, Role, RoleText, TokenLimit } from './provider.ts'

/** What a body holds that rules judge. */
export interface BodyReading {
  readonly models: readonly string[]
  readonly stream: boolean
  readonly tokenLimits: readonly TokenLimit[]
  readonly texts: readonly RoleText[]
}

/** Roles as messages give them. Anything else is `unknown`. */
const MESSAGE_ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  assistant: 'assistant',
  model: 'assistant',
  critic: 'assistant',
  tool: 'tool',
  function: 'tool'
}

/** Fields that give their texts a role, where nothing around them has done so already. */
const FIELD_ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  instructions: 'system',
  additional_instructions: 'system',
  prompt: 'user',
  input: 'user',
  items: 'user',
  additional_messages: 'user',
  suffix: 'user',
  query: 'user',
  prediction: 'assistant',
  tool_outputs: 'tool',
  tools: 'schema',
  functions: 'schema',
  additional_tools: 'schema',
  response_format: 'schema',
  text: 'schema',
  output_config: 'schema',
  output_format: 'schema',
  tool_resources: 'schema',
  mcp_servers: 'schema'
}

/** Every name that an endpoint of either provider gives to a limit of output tokens. */
const TOKEN_LIMITS = new Set([
  'max_tokens',
  'max_completion_tokens',
  // So it is called in the graders of evals.
  'max_completions_tokens',
  'max_output_tokens',
  'max_response_output_tokens',
  'max_tokens_to_sample'
])

/** Objects whose keys are the user's own words, so that a model (or a reader) sees them too. */
const FREE_KEYS = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'input',
  'metadata',
  'variables',
  'arguments'
])

/** Where the walk stands. */
interface Place {
  readonly role: Role
  /** Whether the fields here still steer the call (`model`, limits), or are content. */
  readonly steers: boolean
  /** Whether a message around has said who speaks: fields named `text` and the like say nothing more then. */
  readonly speaks: boolean
  readonly path: JsonPath
}

/** Reads a JSON body or a form. A body of neither kind is one text of role `unknown`. */
export function readBody(content: ParsedContent): BodyReading {
  switch (content.kind) {
    case 'none':
      return { models: [], stream: false, tokenLimits: [], texts: [] }
    case 'other':
      return {
        models: [],
        stream: false,
        tokenLimits: [],
        texts: content.text ? [{ role: 'unknown', path: [], text: content.text }] : []
      }
    case 'json':
      return readJson(content.value)
    case 'form':
      return readForm(content.fields)
  }
}

function readForm(fields: readonly FormField[]): BodyReading {
  const values = (name: string): string[] =>
    fields.flatMap((field) => (field.name === name && field.text ? [field.text.trim()] : []))
  const isBatch = isBatchUpload(fields)
  const inner = fields.flatMap((field) =>
    isBatch && isFile(field) ? readBatchFile(field) : field.filename === undefined ? readJsonField(field) : []
  )
  const own = fields.flatMap(({ name, filename, text }): RoleText[] => {
    const texts: RoleText[] = text ? [{ role: fieldRole(name.replace(/\[\]$/, '')) ?? 'unknown', path: [name], text }] : []
    return filename ? [...texts, { role: 'unknown', path: [name, 'filename'], text: filename }] : texts
  })
  const limits = fields.flatMap(({ name, text }) => (TOKEN_LIMITS.has(name) ? [{ path: [name], value: text ?? null }] : []))
  return {
    models: [...values('model'), ...inner.flatMap(({ models }) => models)],
    stream: values('stream').includes('true'),
    tokenLimits: [...limits, ...inner.flatMap(({ tokenLimits }) => tokenLimits)],
    texts: [...own, ...inner.flatMap(({ texts }) => texts)]
  }
}

/** A field may hold a call of its own (`session` of a Realtime call). */
function readJsonField({ name, text }: FormField): BodyReading[] {
  if (!text?.trimStart().startsWith('{')) return []
  // Trimming takes a byte order mark too.
  return tryParseJson(text.trim()) === undefined ? [] : [readJson(parseJson(text.trim()), [name])]
}

/** The file of a batch: a call on each line, judged like a request of its own. Throws {@link JsonError} on a line that is no call. */
function readBatchFile({ name, text }: FormField): BodyReading[] {
  return batchLines(text).map(({ index, value }) => readJson(value, [name, index]))
}

/** The lines of a batch's file. Throws {@link JsonError} on a file that is no UTF-8 and on a line that is no JSON object. */
export function batchLines(
  text: string | undefined
): { readonly index: number; readonly value: { readonly [key: string]: Json } }[] {
  if (text === undefined) throw new JsonError('The file of the batch is not UTF-8. Send it as UTF-8 without a byte order mark.')
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const value = tryParseJson(line.trim()) === undefined ? undefined : parseJson(line.trim())
    if (!isObject(value)) throw new JsonError(`Line ${index + 1} of the batch's file is no JSON object.`)
    return [{ index, value }]
  })
}

/** Whether a field holds the file itself. */
export function isFile({ name, filename }: FormField): boolean {
  return filename !== undefined || name === 'file'
}

/** Whether a form uploads the file of a batch. */
export function isBatchUpload(fields: readonly FormField[]): boolean {
  return fields.some(({ name, text }) => name === 'purpose' && text?.trim().toLowerCase() === 'batch')
}

function readJson(value: Json, root: JsonPath = []): BodyReading {
  const models: string[] = []
  const tokenLimits: TokenLimit[] = []
  const texts: RoleText[] = []

  function visit(node: Json, place: Place): void {
    if (typeof node === 'string') {
      if (node !== '' && !isStructural(node, place.path.at(-1))) texts.push({ role: place.role, path: place.path, text: node })
    } else if (Array.isArray(node)) {
      node.forEach((item, index) => visit(item, { ...place, path: [...place.path, index] }))
    } else if (isObject(node)) visitObject(node, place)
  }

  function visitObject(node: { readonly [key: string]: Json }, place: Place): void {
    const role = roleOfObject(node, place)
    const { steers } = place
    const speaks = place.speaks || typeof node['role'] === 'string'
    const freeKeys = FREE_KEYS.has(String(place.path.at(-1)))
    for (const key of Object.keys(node)) {
      const child = node[key]!
      const path = [...place.path, key]
      if (freeKeys && key !== '') texts.push({ role, path, text: key })
      if (steers && TOKEN_LIMITS.has(key)) tokenLimits.push({ path, value: child })
      if (steers && MODEL_FIELDS.has(key)) models.push(...modelNames(child))
      if (steers && key === 'tools') models.push(...toolModels(child))
      // Numbers and the like say nothing.
      if (typeof child !== 'string' && (typeof child !== 'object' || child === null)) continue
      const named = steers && !place.speaks ? fieldRole(key, child, place.path) : undefined
      const isContent = named !== undefined || key === 'metadata' || key === 'messages'
      visit(child, { role: named ?? role, steers: steers && !isContent, speaks, path })
    }
  }

  visit(value, { role: 'unknown', steers: true, speaks: false, path: root })
  return { models, stream: isObject(value) && value['stream'] === true, tokenLimits, texts }
}

/** The role that a field gives to the texts in it. */
function fieldRole(key: string, value?: Json, holder: JsonPath = []): Role | undefined {
  // Settings that only share their name with a text: `audio.input` of a Realtime session. And `text` is settings unless it is a text.
  if (key === 'input' && holder.at(-1) === 'audio') return undefined
  if (key === 'text' && typeof value === 'string') return undefined
  return Object.hasOwn(FIELD_ROLES, key) ? FIELD_ROLES[key] : undefined
}

/** A message says its own role; items of a conversation show it by their type. */
function roleOfObject(node: { readonly [key: string]: Json }, place: Place): Role {
  const type = typeof node['type'] === 'string' ? node['type'] : ''
  if (/(^tool_result|_result|_output)$/.test(type) && place.role !== 'schema') return 'tool'
  if (typeof node['role'] === 'string') return messageRole(node['role']) ?? 'unknown'
  if (place.role === 'schema' || place.steers) return place.role
  if (/(^tool_use|_tool_use|_call|^reasoning|^thinking|^redacted_thinking)$/.test(type)) return 'assistant'
  return place.role
}

function messageRole(name: string): Role | undefined {
  const key = name.trim().toLowerCase()
  return Object.hasOwn(MESSAGE_ROLES, key) ? MESSAGE_ROLES[key] : undefined
}

/** Where they steer the call. */
const MODEL_FIELDS = new Set(['model', 'models', 'fallbacks', 'fallback_models'])

/** The models that hosted tools ask for. */
function toolModels(tools: Json): string[] {
  if (!Array.isArray(tools)) return []
  return tools.flatMap((tool: Json) => (isObject(tool) ? modelNames(tool['model'] ?? null) : []))
}

function modelNames(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap((item) => modelNames(isObject(item) ? (item['model'] ?? null) : item))
  return []
}

/** Words that say what a part is, not what it says: without them `*:*text*` would match every message. */
function isStructural(text: string, key: string | number | undefined): boolean {
  if (key === 'role') return Object.hasOwn(MESSAGE_ROLES, text)
  return key === 'type' && PART_TYPES.has(text)
}

const PART_TYPES = new Set(
  (
    'text input_text output_text refusal message image image_url input_image input_audio audio file input_file document base64 url ' +
    'function custom tool_use tool_result server_tool_use thinking redacted_thinking reasoning reasoning_text summary_text ' +
    'function_call function_call_output custom_tool_call custom_tool_call_output item_reference web_search_call file_search_call ' +
    'computer_call computer_call_output code_interpreter_call image_generation_call mcp_call mcp_list_tools mcp_approval_request ' +
    'mcp_approval_response web_search web_search_preview file_search code_interpreter computer_use_preview image_generation mcp ' +
    'local_shell shell apply_patch json_schema json_object object array string number integer boolean null enabled disabled adaptive ' +
    'ephemeral auto any tool none content search_result url_citation file_citation char_location page_location realtime transcription'
  ).split(' ')
)
