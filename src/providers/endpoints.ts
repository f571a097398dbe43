/** Endpoint tables: names an endpoint without its ids, and says whether it runs a model and where its token limit stands. */
import { byName } from '../http/by-name.ts'
import { isObject, type Json, type JsonPath } from '../http/json.ts'
import { createKnownPaths } from './known-paths.ts'
import type { ModelCall, ParsedRequest, ProviderName } from './provider.ts'
import { batchLines, isBatchUpload, isFile, readBody } from './read-body.ts'

/** An endpoint that runs a model, or keeps one for later. */
export interface ModelEndpoint {
  /** Path without `/v1`, ids as `{id}`, e.g. `/threads/{id}/runs`. All are POST. */
  readonly path: string
  /** The field that limits its output tokens; absent where the endpoint has none. */
  readonly tokenLimit?: string
  /** Other names of that limit that the endpoint obeys. */
  readonly alsoLimitedBy?: readonly string[]
  /** Where the call itself stands in the body, when it is not the body: `session`, or each `requests[].params`. */
  readonly within?: 'session' | 'requests'
}

/** What a provider file gives to have its requests read. */
export interface EndpointTable {
  readonly provider: ProviderName
  readonly endpoints: readonly ModelEndpoint[]
  /** Path words that are no ids, beyond those of the endpoints. */
  readonly words: string
  /** Every path of the API with its methods, one a line: `/files/{id} DELETE GET`. */
  readonly paths: string
}

/** Azure's deployments and the engines of OpenAI's first API name the model in the path. */
const MODEL_HOLDERS = new Set(['deployments', 'engines'])

/** Builds `readCall` of a provider from its table. */
export function createCallReader(table: EndpointTable): (request: ParsedRequest) => ModelCall {
  const words = new Set([...table.words.split(' '), ...table.endpoints.flatMap(({ path }) => path.split('/'))])
  const byPath = new Map(table.endpoints.map((endpoint) => [endpoint.path, endpoint]))
  const isKnown = createKnownPaths(table.paths)
  /** Clients ask for the same few paths again and again. */
  const readPath = byName((given) => {
    const path = given.replace(/^\/v1(?=\/|$)/, '')
    const segments = path.split('/')
    const namesModel = MODEL_HOLDERS.has(segments[1]!) && segments.length > 3
    const template = segments.map((word, index) => (words.has(word) && !(namesModel && index === 2) ? word : '{id}')).join('/')
    const named = namesModel ? [decodeURIComponent(segments[2]!)] : []
    const endpoint = byPath.get(namesModel ? `/${template.split('/').slice(3).join('/')}` : template)
    return { path, template, named, endpoint, shown: segments.map(withoutId).join('/') }
  })
  return (request) => {
    const { path, template, named, shown, endpoint: posted } = readPath(request.path)
    const endpoint = request.method === 'POST' ? posted : undefined
    const body = readBody(request.content)
    const batch = batchCalls(request.content, byPath)
    // Such a server obeys the path, others the body: both are judged.
    const models = [...new Set([...body.models, ...named, ...batch.models])]
    const known = endpoint !== undefined || isKnown(request.method, path)
    return {
      provider: table.provider,
      endpoint: `${request.method} /v1${known ? template : shown}`,
      isModelEndpoint: endpoint !== undefined || batch.isBatch,
      known,
      model: models[0],
      models,
      stream: body.stream,
      tokenLimits: body.tokenLimits,
      missingTokenLimits: endpoint ? missingLimits(endpoint, request.content, body.tokenLimits) : batch.missingTokenLimits,
      texts: body.texts
    }
  }
}

/** Of an endpoint that no table has, the words are named, so that whoever mistyped one sees it. */
function withoutId(segment: string): string {
  return /^(?:[a-z]+(?:_[a-z]+)*)?$/.test(segment) && segment.length <= 30 ? segment : '{id}'
}

/** What the calls of an uploaded batch leave out: a line without a model names the model `unknown`, so that it is never allowed by chance. */
function batchCalls(
  content: ParsedRequest['content'],
  byPath: ReadonlyMap<string, ModelEndpoint>
): { readonly isBatch: boolean; readonly models: readonly string[]; readonly missingTokenLimits: readonly JsonPath[] } {
  if (content.kind !== 'form' || !isBatchUpload(content.fields)) return { isBatch: false, models: [], missingTokenLimits: [] }
  const models: string[] = []
  const missingTokenLimits: JsonPath[] = []
  for (const field of content.fields.filter(isFile)) {
    for (const { index, value } of batchLines(field.text)) {
      const body = isObject(value['body']) ? value['body'] : {}
      if (typeof body['model'] !== 'string') models.push('unknown')
      const endpoint = byPath.get(String(value['url']).replace(/^\/v1(?=\/)/, ''))
      if (endpoint?.tokenLimit === undefined) continue
      const names = [endpoint.tokenLimit, ...(endpoint.alsoLimitedBy ?? [])]
      const isLimited = names.some((name) => (body[name] ?? null) !== null)
      if (!isLimited) missingTokenLimits.push([field.name, index, 'body', endpoint.tokenLimit])
    }
  }
  return { isBatch: true, models, missingTokenLimits }
}

/** The paths where a limit belongs and none stands. A limit of `null` is none. */
function missingLimits(endpoint: ModelEndpoint, content: ParsedRequest['content'], limits: ModelCall['tokenLimits']): JsonPath[] {
  const field = endpoint.tokenLimit
  if (field === undefined || content.kind !== 'json') return []
  // A name that only other endpoints know limits nothing here.
  const names = [field, ...(endpoint.alsoLimitedBy ?? [])]
  const obeyed = limits.filter(({ path, value }) => value !== null && names.includes(String(path.at(-1))))
  const limited = new Set(obeyed.map(({ path }) => JSON.stringify(path.slice(0, -1))))
  return callObjects(endpoint, content.value)
    .filter((path) => !limited.has(JSON.stringify(path)))
    .map((path) => [...path, field])
}

/** Where the objects stand that are each one call. */
function callObjects(endpoint: ModelEndpoint, body: Json): JsonPath[] {
  if (!isObject(body)) return []
  if (endpoint.within === undefined) return [[]]
  const holder = body[endpoint.within]
  if (endpoint.within === 'session') return isObject(holder) ? [['session']] : []
  if (!Array.isArray(holder)) return []
  return holder.flatMap((item, index) => (isObject(item) && isObject(item['params']) ? [['requests', index, 'params']] : []))
}
