/** Compares two recordings by what they mean: tools, shape, finish reason, usage, events; and apart from that, by their words. Pure. */
import { getHeader, isSseType, mediaType } from '../../http/headers.ts'
import type { Interaction } from '../../cassettes/interaction.ts'
import { canonicalJson, isObject, tryParseJson, type Json } from '../../http/json.ts'
import { toText } from '../../http/message.ts'
import { readShownAnswer } from './answer.ts'
import type { Block } from './blocks.ts'
import { readConversation } from './conversation.ts'
import { eventData, jsonOf, readFacts, type Prices } from './facts.ts'
import { joinRuns, usageWords } from './render-shown.ts'

/** One thing that two recordings have differently. */
export interface Change {
  /** `tools called`, `finish reason`, `shape of the answer` … */
  readonly what: string
  readonly before: string
  readonly after: string
}

export interface Comparison {
  /** What counts. */
  readonly changes: readonly Change[]
  /** Texts that are worded differently, by who says them. */
  readonly wording: readonly Change[]
}

/** A recording, taken apart. */
interface Profile {
  /** By what they are called. */
  readonly traits: ReadonlyMap<string, string>
  readonly shape: ReadonlySet<string>
  readonly texts: readonly (readonly [who: string, text: string])[]
}

export function compareInteractions(a: Interaction, b: Interaction, prices: Prices): Comparison {
  const [before, after] = [profileOf(a, prices), profileOf(b, prices)]
  const names = [...new Set([...before.traits.keys(), ...after.traits.keys()])]
  const traits = names.flatMap((what) => changeOf(what, before.traits.get(what) ?? NONE, after.traits.get(what) ?? NONE))
  return { changes: [...traits, ...shapeChange(before.shape, after.shape)], wording: wordingChanges(before.texts, after.texts) }
}

const NONE = '(none)'

function changeOf(what: string, before: string, after: string): Change[] {
  return before === after ? [] : [{ what, before, after }]
}

/** A list that is shown stays short. */
const MOST_PATHS = 12

function shapeChange(before: ReadonlySet<string>, after: ReadonlySet<string>): Change[] {
  const only = (mine: ReadonlySet<string>, other: ReadonlySet<string>): string => {
    const paths = [...mine].filter((path) => !other.has(path)).toSorted()
    const more = paths.length > MOST_PATHS ? [`${paths.length - MOST_PATHS} more`] : []
    return paths.length === 0 ? NONE : `only here: ${[...paths.slice(0, MOST_PATHS), ...more].join(', ')}`
  }
  return changeOf('shape of the answer', only(before, after), only(after, before))
}

function wordingChanges(before: Profile['texts'], after: Profile['texts']): Change[] {
  const length = Math.max(before.length, after.length)
  return Array.from({ length }, (_, index) => {
    const [who, text = ''] = before[index] ?? []
    const [newWho, newText = ''] = after[index] ?? []
    return changeOf(who ?? newWho!, text, newText)
  }).flat()
}

function profileOf(interaction: Interaction, prices: Prices): Profile {
  const { request, response } = interaction
  const { endpoint, model, usage } = readFacts(interaction, prices)
  const { tools, settings, turns } = readConversation(request)
  const answer = readShownAnswer(response)
  const traits = new Map([
    ['endpoint', endpoint],
    ['model', model ?? NONE],
    ['settings', canonicalJson(settings)],
    ['tools offered', tools.join(', ') || NONE],
    ['turns', turns.map(({ who, blocks }) => `${who}(${blocks.map(kindOf).join('+')})`).join(', ') || NONE],
    ['status', String(response.status)],
    ['kind of answer', mediaType(getHeader(response.headers, 'content-type')) || NONE],
    ['tools called', calls(answer.blocks) || NONE],
    ['finish reason', answer.finish ?? NONE],
    ['usage', usage ? usageWords(usage) : NONE],
    ['order of events', orderOf(answer.events)],
    ...bytesTrait(interaction)
  ])
  return { traits, shape: shapeOf(response), texts: [...turns, { who: 'answer', blocks: answer.blocks }].flatMap(textsOf) }
}

/** A call's id is another in every recording. */
function calls(blocks: readonly Block[]): string {
  return blocks.flatMap((block) => (block.kind === 'call' ? [`${block.name}(${canonicalJson(block.arguments)})`] : [])).join(', ')
}

function kindOf(block: Block): string {
  return block.kind === 'media' ? block.text : block.kind === 'call' ? `call ${block.name}` : block.kind
}

function textsOf({ who, blocks }: { readonly who: string; readonly blocks: readonly Block[] }): [string, string][] {
  return blocks.flatMap((block): [string, string][] => {
    switch (block.kind) {
      case 'text':
      case 'thinking':
        return [[block.kind === 'text' ? who : `${who} (thinking)`, block.text]]
      case 'result':
        return textsOf({ who: `${who} (result)`, blocks: block.blocks })
      case 'other':
        return [[who, JSON.stringify(block.value, null, 2)]]
      case 'call':
        return who === 'answer' ? [] : [[`${who} (call)`, `${block.name}(${canonicalJson(block.arguments)})`]]
      case 'media':
        return []
    }
  })
}

/** How many pieces a text came in says nothing. */
function orderOf(events: readonly string[] | undefined): string {
  return events === undefined
    ? NONE
    : joinRuns(events)
        .map((one) => one.replace(/ ×\d+$/, ''))
        .join(' → ')
}

/** An answer that is no text is the same or is not. */
function bytesTrait({ response: { body } }: Interaction): [string, string][] {
  return body.byteLength === 0 || toText(body) !== undefined
    ? []
    : [['bytes of the answer', Buffer.from(body).toString('base64')]]
}

/** Every path of the answer with the type of what stands there; of a stream, all events together. */
function shapeOf(response: Interaction['response']): Set<string> {
  const text = toText(response.body)
  const isStream = isSseType(getHeader(response.headers, 'content-type'))
  const shape = new Set<string>()
  if (!isStream) addPaths(shape, '', jsonOf(response))
  else for (const data of eventData(text ?? '')) addPaths(shape, '', tryParseJson(data))
  return shape
}

function addPaths(shape: Set<string>, path: string, value: Json | undefined): void {
  if (value === undefined) return
  if (Array.isArray(value)) {
    if (value.length === 0) shape.add(`${path}[]`)
    for (const one of value) addPaths(shape, `${path}[]`, one)
  } else if (isObject(value)) {
    for (const [name, one] of Object.entries(value)) addPaths(shape, path === '' ? name : `${path}.${name}`, one)
  } else shape.add(`${path}: ${value === null ? 'null' : typeof value}`)
}
