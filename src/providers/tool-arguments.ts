/** Finds the arguments of tool calls in answers and in the events of streams: Chat, Responses, Assistants, Anthropic. */
import { isObject, type Json, type JsonPath } from '../http/json.ts'

/** The arguments of one tool call, or a piece of them. */
export interface ToolArguments {
  /** The same for all pieces and repetitions of one call within one answer. */
  readonly call: string
  readonly path: JsonPath
  /** JSON as text; of Anthropic's whole answers, the text of the object that stands there. */
  readonly text: string
  /** Whether it continues what earlier events said. */
  readonly isPart: boolean
}

/** Gives the arguments in each event of one answer, in order; a whole answer is its only event. */
export type FindToolArguments = (value: Json) => ToolArguments[]

/** One for each answer: what an event continues, an earlier one has told. */
export function createToolFinder(): FindToolArguments {
  const foreign = new Set<unknown>()

  function visit(value: Json, path: JsonPath, call: string, found: ToolArguments[]): void {
    if (Array.isArray(value)) {
      value.forEach((item: Json, at) => {
        const index = isObject(item) && typeof item['index'] === 'number' ? item['index'] : at
        visit(item, [...path, at], `${call}/${index}`, found)
      })
    } else if (isObject(value)) {
      found.push(...ofObject(value, path, call))
      for (const [name, child] of Object.entries(value)) visit(child, [...path, name], call, found)
    }
  }

  function ofObject(value: Readonly<Record<string, Json>>, path: JsonPath, call: string): ToolArguments[] {
    const key = path.at(-1)
    const { arguments: text, type } = value
    // Chat and Assistants: `tool_calls[].function`, and `function_call` of older ones.
    if (typeof text === 'string' && (key === 'function' || key === 'function_call')) {
      return [{ call, path: [...path, 'arguments'], text, isPart: path.includes('delta') }]
    }
    if (typeof text === 'string' && type === 'function_call')
      return [{ call: place(call), path: [...path, 'arguments'], text, isPart: false }]
    if (type === 'tool_use' && isObject(value['input'])) {
      return [{ call, path: [...path, 'input'], text: JSON.stringify(value['input']), isPart: false }]
    }
    return []
  }

  return (value) => {
    if (!isObject(value)) return []
    const { type, index, delta } = value
    const responses = /^response\.function_call_arguments\.(delta|done)$/.exec(String(type))?.[1]
    if (responses) {
      const field = responses === 'delta' ? 'delta' : 'arguments'
      return ofText(value[field], { call: `/${String(value['output_index'])}`, path: [field], isPart: responses === 'delta' })
    }
    if (type === 'content_block_start') {
      // A tool that the API runs itself is called with arguments too; nobody else reads them.
      if (isObject(value['content_block']) && value['content_block']['type'] !== 'tool_use') foreign.add(index)
      return []
    }
    if (type === 'content_block_delta') {
      if (!isObject(delta) || foreign.has(index)) return []
      return ofText(delta['partial_json'], { call: `/${String(index)}`, path: ['delta', 'partial_json'], isPart: true })
    }
    const found: ToolArguments[] = []
    visit(value, [], typeof value['output_index'] === 'number' ? `/${value['output_index']}` : '', found)
    return found
  }
}

function ofText(text: Json | undefined, found: Omit<ToolArguments, 'text'>): ToolArguments[] {
  return typeof text === 'string' ? [{ ...found, text }] : []
}

/** An item of Responses is named by its place in the output, in an event as in the list of all. */
function place(call: string): string {
  return /\/\d+$/.exec(call)?.[0] ?? call
}
