/** The arguments of the first tool call in an answer are no JSON: their end is missing, or something is in them that does not belong. */
import * as z from 'zod'
import { replaceStrings, tryParseJson, type Json, type JsonPath } from '../../http/json.ts'
import { toBytes, toText, type HttpResponse } from '../../http/message.ts'
import { readSseEvent } from '../../http/sse.ts'
import { createToolFinder, type ToolArguments } from '../../providers/tool-arguments.ts'
import { isEventStream, passEvents, replaceWhole } from '../answer-events.ts'
import { defineKind, type Strike } from '../fault.ts'
import { pick } from '../random.ts'

/** A tool call whose arguments no parser takes: `{ brokenToolJson: 'cut' }`. */
export interface BrokenToolJsonFault {
  /** `cut`: their end is missing. `garbled`: a character is in them that does not belong. `true`: the seed chooses. */
  readonly brokenToolJson: true | 'cut' | 'garbled'
}

const schema = z.strictObject({
  brokenToolJson: z.union([z.literal(true), z.enum(['cut', 'garbled'])], { error: 'it is cut or garbled' })
}) satisfies z.ZodType<BrokenToolJsonFault>

export const brokenToolJson = defineKind({
  key: 'brokenToolJson',
  schema,
  describe: ({ brokenToolJson: how }) => `broken tool JSON${how === true ? '' : `, ${how}`}`,
  async apply({ brokenToolJson: how }, strike, ask) {
    const chosen = how === true ? (strike.random() < 0.5 ? 'cut' : 'garbled') : how
    const breaker = createBreaker(chosen, strike)
    const response = await ask()
    if (isEventStream(response)) return passEvents(response, (events) => breakEvents(events, breaker))
    return breakWhole(response, breaker)
  }
})

/** Breaks the arguments of one call, wherever an answer says them. */
interface Breaker {
  /** The texts of an event that change, by their path. */
  edit(value: Json): ReadonlyMap<string, string>
  /** The answer has ended. */
  end(): void
}

function createBreaker(how: 'cut' | 'garbled', { random, struck, missed }: Strike): Breaker {
  const find = createToolFinder()
  const damage = how === 'cut' ? cutAt(pick(random, 1, 12)) : garbleWith([',', ':', ']', '{', "'"][pick(random, 0, 4)]!)
  let call: string | undefined
  let said = 0
  let hasStruck = false

  function breakText({ text, isPart }: ToolArguments): string {
    const broken = damage(text, isPart ? said : 0)
    if (isPart) said += text.length
    return broken
  }

  return {
    edit(value) {
      const found = find(value).filter(({ text }) => text !== '')
      call ??= found[0]?.call
      const texts = found.filter((one) => one.call === call).map((one) => [JSON.stringify(one.path), breakText(one)] as const)
      if (texts.length > 0 && !hasStruck) struck()
      hasStruck ||= texts.length > 0
      return new Map(texts)
    },
    end() {
      if (!hasStruck) missed('the answer calls no tool')
    }
  }
}

/** Damages a text, or a piece of one. `at`: how many characters came before it. */
type Damage = (text: string, at: number) => string

/** What has no closing brace is no object, and what has no end no list. */
function cutAt(length: number): Damage {
  let end = length
  return (text, at) => {
    const brace = /[}\]]/.exec(text)?.index
    if (brace !== undefined) end = Math.min(end, at + brace)
    return text.slice(0, Math.max(0, end - at))
  }
}

/** Neither a key nor a closing brace: behind the opening one nothing else can stand. */
function garbleWith(character: string): Damage {
  return (text, at) => (at === 0 ? text.slice(0, 1) + character + text.slice(1) : text)
}

async function* breakEvents(events: AsyncIterable<Uint8Array>, breaker: Breaker): AsyncIterable<Uint8Array> {
  for await (const event of events) yield breakEvent(event, breaker)
  breaker.end()
}

function breakEvent(event: Uint8Array, breaker: Breaker): Uint8Array {
  const block = toText(event)
  const { data } = readSseEvent(block ?? '')
  const value = data === undefined ? undefined : tryParseJson(data)
  if (value === undefined) return event
  const texts = breaker.edit(value)
  return texts.size === 0 ? event : toBytes(block!.replace(data!, () => withTexts(data!, texts)))
}

function breakWhole(response: HttpResponse, breaker: Breaker): Promise<HttpResponse> {
  return replaceWhole(response, (bytes) => {
    const text = toText(bytes)
    const value = text === undefined ? undefined : tryParseJson(text)
    const texts = value === undefined ? new Map<string, string>() : breaker.edit(value)
    breaker.end()
    return texts.size === 0 ? undefined : toBytes(withTexts(text!, texts))
  })
}

/** The JSON with other texts in its places, every other byte as it was. An object in such a place becomes the text. */
function withTexts(text: string, texts: ReadonlyMap<string, string>): string {
  const replaced = new Set<string>()
  const edited = replaceStrings(text, (_, path) => {
    const key = JSON.stringify(path)
    if (texts.has(key)) replaced.add(key)
    return texts.get(key)
  })
  const objects = [...texts].filter(([key]) => !replaced.has(key))
  if (objects.length === 0) return edited
  const value = JSON.parse(edited) as Json
  for (const [key, broken] of objects) setAt(value, JSON.parse(key) as JsonPath, broken)
  return JSON.stringify(value)
}

function setAt(value: Json, path: JsonPath, text: string): void {
  const holder = path.slice(0, -1).reduce((place, part) => (place as Record<string | number, Json>)[part]!, value)
  ;(holder as Record<string | number, Json>)[path.at(-1)!] = text
}
