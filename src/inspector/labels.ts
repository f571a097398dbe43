/** Keeps the labels of metrics bounded: no user's text becomes one, and no client can make ever more of them. */
import type { Exchange } from '../pipeline/exchange.ts'

/** What stands for every value that has no label of its own. */
export const OTHER = 'other'

/** Most values of one label. */
const MOST_VALUES = 200

/** A label's values: the first 200 have names of their own, all later ones are `other`. */
export function createBoundedLabel(most: number = MOST_VALUES): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= most || !/^[\w.:/@+-]{1,100}$/.test(value)) return OTHER
    known.add(value)
    return value
  }
}

/**
 * Names models. What a request calls its model may be any text, so only a model that has answered gets a label.
 * @param clean takes secrets out of a text: a name that it changes is no name
 */
export function createModelLabel(clean: (text: string) => string): (exchange: Exchange) => string {
  const bounded = createBoundedLabel()
  const answered = new Set<string>()
  return ({ call, source, response }) => {
    const model = call?.model
    if (model === undefined) return OTHER
    if (answered.has(model)) return bounded(model)
    const isAnswered = source !== 'proxy' && response !== undefined && response.status < 400
    if (!isAnswered || answered.size >= MOST_VALUES || clean(model) !== model) return OTHER
    answered.add(model)
    return bounded(model)
  }
}

/** Endpoints by the operations that OpenTelemetry names. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'POST /v1/chat/completions': 'chat',
  'POST /v1/responses': 'chat',
  'POST /v1/messages': 'chat',
  'POST /v1/completions': 'text_completion',
  'POST /v1/complete': 'text_completion',
  'POST /v1/embeddings': 'embeddings'
}

/** `gen_ai.operation.name`: OpenTelemetry's where it has one, else the family of the endpoint: `images`, `audio`. */
export function operationOf({ call }: Exchange): string {
  if (!call?.known) return OTHER
  return OPERATIONS[call.endpoint] ?? /^\w+ \/v1\/([a-z_]+)/.exec(call.endpoint)?.[1] ?? OTHER
}

/** `error.type`: the proxy's own code, or the status that the API answered with; empty where all went well. */
export function errorType({ outcome, error, response }: Exchange): string {
  if (outcome === 'aborted') return 'aborted'
  if (error) return error.code
  return response && response.status >= 400 ? String(response.status) : ''
}
