/** Says what changed in words: at most five things, those that matter first, each on one line. */
import { canonicalJson, isObject, type Json } from '../../http/json.ts'
import type { Difference } from '../interaction.ts'
import type { Change } from './changes.ts'
import { MARK } from './comparable.ts'
import { patternOf } from './field-pattern.ts'
import { cut, oneLine, startOfDifference, wordDiff } from './word-diff.ts'

/** How many differences are told. */
const TOLD = 5

/** Most characters of a value, and of a path, that are shown. */
const SHOWN = 60
const SHOWN_PATH = 120

/** What decides an answer comes before what is of little weight. Fields that are not named stand between. */
const WEIGHTS: Readonly<Record<string, number>> = {
  model: 1,
  messages: 2,
  input: 2,
  system: 2,
  instructions: 2,
  prompt: 2,
  tools: 3
}

export function describeChanges(changes: readonly Change[]): Difference[] {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const key = groupOf(change)
    groups.set(key, [...(groups.get(key) ?? []), change])
  }
  return [...groups.values()]
    .toSorted(([a], [b]) => weightOf(a!) - weightOf(b!))
    .slice(0, TOLD)
    .map((group) => describe(group[0]!, group))
}

/** The same field that came or went in many places is one thing to tell. */
function groupOf(change: Change): string {
  const name = change.path.at(-1)
  const isField = (change.kind === 'added' || change.kind === 'removed') && !change.isItem && typeof name === 'string'
  return isField && change.area === 'body'
    ? `${change.kind} ${name} ${canonicalJson(change.value)}`
    : `${change.kind} ${placeOf(change)}`
}

function weightOf({ area, path }: Change): number {
  if (area === 'method' || area === 'path') return 0
  return area === 'body' && path.length > 0 ? (WEIGHTS[String(path[0])] ?? 4) : 1
}

/** The place as a rule of matching would name it. */
export function placeOf({ area, path }: Change): string {
  if (area === 'content-type') return 'headers.content-type'
  if (area === 'method' || area === 'path') return area
  return path.length === 0 ? area : patternOf(area, path)
}

function describe(change: Change, group: readonly Change[]): Difference {
  const place = placeOf(change)
  const path = place.length > SHOWN_PATH ? `${cut(place, 0, SHOWN_PATH)}…` : place
  const more = group.length === 1 ? '' : ` (in ${group.length} places)`
  return { path: oneLine(path), detail: detailOf(change) + more }
}

function detailOf(change: Change): string {
  switch (change.kind) {
    case 'added':
      if (change.isItem) return `inserted ${showItem(change.value)}`
      if (change.tool !== undefined) return `${toolOf(change)} gained ${nameOf(change)}: ${show(change.value)}`
      return `${ADDED_BY_SDKS.has(nameOf(change)) ? 'not recorded, the client or its SDK added it' : 'not recorded'}: ${show(change.value)}`
    case 'removed':
      if (change.isItem) return `${showItem(change.value)} was recorded, and is missing now`
      if (change.tool !== undefined) return `${toolOf(change)} lost ${nameOf(change)}: ${show(change.value)}`
      return `recorded ${show(change.value)}, missing now`
    case 'moved':
      return `the same ${change.wanted.length} in another order: recorded ${order(change.recorded)}, got ${order(change.wanted)}`
    case 'changed':
      return (change.tool === undefined ? '' : `${toolOf(change)}: `) + describeChanged(change.recorded, change.wanted)
  }
}

/** Fields that come and go with another version of a client, though nobody changed a prompt. */
const ADDED_BY_SDKS = new Set(
  'cache_control strict store stream_options parallel_tool_calls service_tier prompt_cache_key prompt_cache_retention include betas'.split(
    ' '
  )
)

function toolOf({ tool = '' }: Change): string {
  return `tool ${cut(oneLine(tool), 0, SHOWN)}`
}

function nameOf({ path }: Change): string {
  return cut(oneLine(String(path.at(-1) ?? 'it')), 0, SHOWN)
}

function describeChanged(recorded: Json, wanted: Json): string {
  // Of a single word, the whole says more.
  if (typeof recorded === 'string' && typeof wanted === 'string' && /\s/.test(recorded) && /\s/.test(wanted)) {
    const words = wordDiff(recorded, wanted)
    if (words !== undefined) return words
  }
  const [was, is] = [textOfParts(recorded), textOfParts(wanted)]
  if (was !== undefined && was === is) {
    return `the same text, recorded as ${Array.isArray(recorded) ? 'a list of parts' : 'a text'}, got as ${Array.isArray(wanted) ? 'a list of parts' : 'a text'}`
  }
  if (typeof recorded === 'string' && typeof wanted === 'string') {
    const from = startOfDifference(recorded, wanted)
    if (from > 0) return `recorded ${show(`…${cut(recorded, from)}`)}, got ${show(`…${cut(wanted, from)}`)}`
  }
  return `recorded ${show(recorded)}, got ${show(wanted)}`
}

/** The text of a message's content, in either of its forms. */
function textOfParts(content: Json): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = content.map((part: Json) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : undefined))
  return texts.length > 0 && texts.every((text) => text !== undefined) ? texts.join('') : undefined
}

/** An item of a list as people call it: a message by its role and text, a tool by its name. */
function showItem(item: Json): string {
  if (!isObject(item)) return show(item)
  const { role, content, type, name, text, function: inner } = item
  if (typeof role === 'string') {
    const said = content === undefined || content === null ? undefined : textOfParts(content)
    return `${oneLine(cut(role, 0, 20))} message ${said === undefined ? show(content ?? item) : show(said)}`
  }
  const tool = isObject(inner) ? inner['name'] : name
  if (typeof tool === 'string')
    return `${typeof type === 'string' ? oneLine(cut(type, 0, 20)) : 'item'} ${oneLine(cut(tool, 0, SHOWN))}`
  return typeof text === 'string' ? show(text) : show(item)
}

function order(items: readonly Json[]): string {
  const names = items.slice(0, 4).map((item) => showItem(item))
  return names.join(', ') + (items.length > 4 ? ' …' : '')
}

function show(value: Json): string {
  // No more than is shown is worth writing out.
  const text = typeof value === 'string' && !value.startsWith(MARK) ? JSON.stringify(cut(value, 0, SHOWN + 10)) : showJson(value)
  return oneLine(text.length > SHOWN ? `${cut(text, 0, SHOWN)}…` : text)
}

/** A number that is kept as a text with a mark reads as a number. */
function showJson(value: Json): string {
  return JSON.stringify(value).replaceAll(/"\\u0000([^"]*)"/g, '$1')
}
