/** Tells which strings of which events of a stream continue each other: one channel for each thing that is being said. */
import { isObject, tryParseJson, type Json } from '../http/json.ts'
import { jsonLiterals } from './json-literals.ts'
import { viewOfJsonString } from './view.ts'

/** A string of an event that continues a string of earlier events. */
export interface Piece {
  /** Equal for the pieces of one thing. */
  readonly channel: string
  /** Where it stands in the event's data, as one text; `''` where the data as a whole is the piece. */
  readonly path: string
  readonly text: string
  /** Whether more of it may follow; `false` where an event says it as a whole. */
  readonly isPart: boolean
}

/** What the last event of many streams says. */
const DONE = '[DONE]'

/** The pieces in one event's data. Data that is no JSON is one piece itself. */
export function piecesOf(data: string | undefined): Piece[] {
  const pieces: Piece[] = []
  visitPieces(data, (channel, text, path, isPart) => {
    pieces.push({ channel, path: path.length === 0 ? '' : JSON.stringify(path), text, isPart })
  })
  return pieces
}

type PieceFound = (channel: string, text: string, path: readonly (string | number)[], isPart: boolean) => void

/** @param found is told each piece; its path holds until it returns, and is empty where the data as a whole is the piece */
function visitPieces(data: string | undefined, found: PieceFound): void {
  if (data === undefined || data === '' || data === DONE) return
  const value = tryParseJson(data)
  if (value === undefined) return found('', data, [], true)
  const event = isObject(value) ? value : {}
  let name = ''
  for (const field of EVENT_NAMES) name += `${String(event[field] ?? '')} `
  const isTyped = typeof event['type'] === 'string'
  visit(value, { path: [''], channel: name, inDelta: false }, ({ path, channel, inDelta }, text) => {
    found(channel, text, path, inDelta || !isTyped)
  })
}

/** An event's data with other texts in the place of some pieces, by path; every other character stays. */
export function withPieces(data: string, texts: ReadonlyMap<string, string>): string {
  const whole = texts.get('')
  if (whole !== undefined) return whole
  let out = ''
  let copied = 0
  for (const { start, end, kind, path } of jsonLiterals(data)) {
    const text = kind === 'key' ? undefined : texts.get(JSON.stringify(path))
    if (text === undefined || text === viewOfJsonString(data.slice(start, end)).text) continue
    out += data.slice(copied, start) + JSON.stringify(text).slice(1, -1)
    copied = end
  }
  return out + data.slice(copied)
}

/** What the deltas of a stream say when they are joined, one text for each channel that has more than one piece. */
export function joinDeltas(data: readonly (string | undefined)[]): string[] {
  const channels = new Map<string, string[]>()
  const add: PieceFound = (channel, text) => {
    const texts = channels.get(channel)
    if (texts) texts.push(text)
    else channels.set(channel, [text])
  }
  for (const one of data) visitPieces(one, add)
  return [...channels.values()].filter((texts) => texts.length > 1).map((texts) => texts.join(''))
}

/** The fields that say which item, part and choice an event continues. */
const EVENT_NAMES = ['type', 'item_id', 'output_index', 'content_index', 'summary_index', 'index']

/** Fields whose strings come in pieces, beside everything below a `delta`. */
const PIECES = new Set([
  'delta',
  'text',
  'content',
  'arguments',
  'partial_json',
  'thinking',
  'refusal',
  'transcript',
  'reasoning',
  'completion'
])

/** Short words of the protocol, whole in each event. */
const WHOLE = new Set(
  (
    'id object model type role name item_id call_id obfuscation system_fingerprint service_tier status ' +
    'stop_reason stop_sequence finish_reason'
  ).split(' ')
)

interface Place {
  /** One for all places: the way to the value that is looked at now. */
  readonly path: (string | number)[]
  /** The path, with the `index` of an element in the place of where it stands in its list: chunks hold one choice of many. */
  readonly channel: string
  /** Whether a `delta` is on the path. */
  readonly inDelta: boolean
}

function visit(value: Json, place: Place, found: (place: Place, text: string) => void): void {
  const { path, channel, inDelta } = place
  const enter = (step: string | number, name: string | number, child: Json): void => {
    path.push(step)
    visit(child, { path, channel: `${channel}/${name}`, inDelta: inDelta || step === 'delta' }, found)
    path.pop()
  }
  if (typeof value === 'string') {
    if (path.length === 1 || inDelta || PIECES.has(String(path.at(-1)))) found(place, value)
  } else if (Array.isArray(value)) {
    value.forEach((item: Json, at) => {
      enter(at, isObject(item) && typeof item['index'] === 'number' ? `#${item['index']}` : at, item)
    })
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const child = value[name]!
      const mayHold = typeof child === 'string' || (typeof child === 'object' && child !== null)
      if (mayHold && !WHOLE.has(name)) enter(name, name, child)
    }
  }
}
