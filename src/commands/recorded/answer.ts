/** Reads a recorded answer as a person does: what is said, which tools are called, why it ended; of any other answer, what it holds. Pure. */
import type { Interaction } from '../../cassettes/interaction.ts'
import { getHeader, isSseType } from '../../http/headers.ts'
import { isObject, tryParseJson, type Json } from '../../http/json.ts'
import { toText } from '../../http/message.ts'
import { readSseEvent, splitSse } from '../../http/sse.ts'
import { readAnswer } from '../../providers/read-answer.ts'
import { showCount } from '../terminal.ts'
import { withoutBulk, type Block } from './blocks.ts'
import { plainBlocks } from './conversation.ts'
import { jsonOf } from './facts.ts'

export interface ShownAnswer {
  readonly blocks: readonly Block[]
  readonly finish: string | undefined
  /** The kinds of a stream's events in their order, `[DONE]` included; `undefined` of any other answer. */
  readonly events: readonly string[] | undefined
}

export function readShownAnswer({ headers, body }: Interaction['response']): ShownAnswer {
  const type = getHeader(headers, 'content-type')
  const text = toText(body)
  const stream = isSseType(type) && text !== undefined ? text : undefined
  const events = stream === undefined ? undefined : eventKinds(stream)
  const json = jsonOf({ headers, body })
  const value = stream ?? json
  const answer = value === undefined ? undefined : readAnswer(value)
  if (answer) {
    const blocks: Block[] = [
      ...thoughtsOf(stream, json).map((thought) => ({ kind: 'thinking' as const, text: thought })),
      ...answer.texts.map((said) => ({ kind: 'text' as const, text: said })),
      ...answer.toolCalls.map(({ name, id, arguments: given }) => ({ kind: 'call' as const, name, id, arguments: given }))
    ]
    return { blocks, finish: answer.finish, events }
  }
  if (json !== undefined) return { blocks: readOther(json), finish: undefined, events }
  return { blocks: plainBlocks(body, type), finish: undefined, events }
}

/** What the model thought aloud: it is no part of the answer, but a reader wants it. */
function thoughtsOf(stream: string | undefined, json: Json | undefined): string[] {
  if (stream === undefined) {
    const content = isObject(json) && Array.isArray(json['content']) ? json['content'].filter(isObject) : []
    const message =
      isObject(json) && Array.isArray(json['choices']) ? json['choices'].filter(isObject).map((choice) => choice['message']) : []
    return [
      ...content.map(({ thinking }) => thinking),
      ...message.filter(isObject).map((one) => one['reasoning_content'])
    ].filter((text): text is string => typeof text === 'string' && text !== '')
  }
  let thought = ''
  for (const block of splitSse(stream)) {
    const event = tryParseJson(readSseEvent(block).data ?? '')
    if (!isObject(event)) continue
    const choice = Array.isArray(event['choices']) ? event['choices'][0] : undefined
    const delta = isObject(choice) ? choice['delta'] : event['delta']
    if (event['type'] === 'response.reasoning_summary_text.delta' && typeof delta === 'string') thought += delta
    if (isObject(delta))
      for (const part of [delta['thinking'], delta['reasoning_content']]) if (typeof part === 'string') thought += part
  }
  return thought === '' ? [] : [thought]
}

/** Embeddings by their size, a transcript by its text, an error by its message, anything else as its JSON. */
function readOther(value: Json): Block[] {
  if (!isObject(value)) return [{ kind: 'other', value: withoutBulk(value) }]
  const { data, text, error } = value
  if (typeof text === 'string' && text !== '') return [{ kind: 'text', text }]
  if (isObject(error) && typeof error['message'] === 'string')
    return [{ kind: 'text', text: `${String(error['code'] ?? error['type'] ?? 'error')}: ${error['message']}` }]
  const first = Array.isArray(data) && isObject(data[0]) ? data[0]['embedding'] : undefined
  if (Array.isArray(data) && first !== undefined) {
    const length = Array.isArray(first) ? first.length : Math.floor((String(first).replace(/=+$/, '').length * 3) / 16)
    return [
      {
        kind: 'media',
        text: `${showCount(data.length)} embedding${data.length === 1 ? '' : 's'} of ${showCount(length)} numbers`
      }
    ]
  }
  return [{ kind: 'other', value: withoutBulk(value) }]
}

/** What each event is: its type; of a chunk, which of its fields says something. */
function eventKinds(stream: string): string[] {
  return splitSse(stream).flatMap((block) => {
    const { event, data } = readSseEvent(block)
    if (data === undefined) return event === undefined ? [] : [event]
    return [kindOf(tryParseJson(data), event ?? data.slice(0, 40))]
  })
}

function kindOf(value: Json | undefined, otherwise: string): string {
  if (!isObject(value)) return otherwise
  const { type, choices, error } = value
  if (typeof type === 'string') return type
  if (error !== undefined) return 'error'
  if (!Array.isArray(choices)) return otherwise.startsWith('{') ? Object.keys(value).join('+') : otherwise
  const parts = choices.filter(isObject).flatMap((choice) => {
    const delta = isObject(choice['delta']) ? choice['delta'] : { text: choice['text'] ?? null }
    const said = Object.entries(delta).filter(([, one]) => one !== null && one !== '')
    return [...said.map(([name]) => name), ...(typeof choice['finish_reason'] === 'string' ? ['finish_reason'] : [])]
  })
  if (isObject(value['usage'])) parts.push('usage')
  return [...new Set(parts)].join('+') || 'empty'
}
