/** Proposes the narrowest rules under which changes do not count, and says of which changes none should be made. */
import { canonicalJson, type Json, type JsonPath } from '../../http/json.ts'
import type { Change } from './changes.ts'
import { derivePattern } from './derive-pattern.ts'
import { placeOf } from './describe.ts'
import { patternOf } from './field-pattern.ts'
import { classOf } from './id-shapes.ts'
import { parseNormaliser } from './normaliser.ts'
import { NORMALISERS } from './normalisers.data.ts'
import { cut } from './word-diff.ts'

/** A change that no rule should pass over. */
export interface Refusal {
  readonly place: string
  readonly why: string
}

export interface Proposals {
  readonly ignore: readonly string[]
  readonly normalise: readonly string[]
  readonly refused: readonly Refusal[]
}

/** What the model is asked. A rule for a whole text of it would let one question's answer be given to another. */
const ASKED = new Set('messages input system instructions prompt query contents documents parts'.split(' '))

/** What else decides the answer. */
const STEERS = new Set(
  (
    'model tools functions tool_choice function_call parallel_tool_calls response_format text temperature top_p top_k max_tokens ' +
    'max_completion_tokens max_output_tokens stop stop_sequences n stream reasoning reasoning_effort thinking modalities voice ' +
    'encoding_format dimensions size quality frequency_penalty presence_penalty logit_bias logprobs'
  ).split(' ')
)

/** Fields that say nothing to the model, wherever they stand. */
const SAYS_NOTHING = /^(?:id|cache_control|filename|timestamp)$|_(?:id|at)$/

/** Proposals for all changes together: the same rule for many items of a list is one with `[*]`. */
export function proposeRules(changes: readonly Change[]): Proposals {
  const rules = new Map<string, { readonly rule: Rule; readonly paths: JsonPath[] }>()
  const refused = new Map<string, Refusal>()
  for (const change of changes) {
    const found = ruleFor(change)
    if ('why' in found) {
      const place = placeOf(change)
      refused.set(`${place} ${found.why}`, { place: cut(place, 0, 200), why: found.why })
      continue
    }
    for (const rule of found) {
      const key = canonicalJson([
        rule.kind,
        rule.what,
        change.area,
        change.path.map((step) => (typeof step === 'number' ? '*' : step))
      ])
      const known = rules.get(key)
      if (known) known.paths.push(change.path)
      else rules.set(key, { rule, paths: [change.path] })
    }
  }
  const lines = [...rules.values()].map(({ rule, paths }) => ({ kind: rule.kind, text: writeRule(rule, paths) }))
  const ofKind = (kind: Rule['kind']): string[] => [
    ...new Set(lines.filter((line) => line.kind === kind).map(({ text }) => text))
  ]
  return { ignore: ofKind('ignore'), normalise: ofKind('normalise'), refused: [...refused.values()] }
}

interface Rule {
  readonly kind: 'ignore' | 'normalise'
  /** The normaliser; `''` of what is ignored. */
  readonly what: string
  readonly area: 'body' | 'query' | 'headers'
}

function writeRule({ kind, what, area }: Rule, paths: readonly JsonPath[]): string {
  const place = generalise(area, paths)
  return kind === 'ignore' ? place : `${what} in ${place}`
}

/** One place for several that differ in the numbers of items: `[*]` where they do, the number where they do not. */
function generalise(area: Rule['area'], paths: readonly JsonPath[]): string {
  const [first = []] = paths
  const varies = first.map((step, at) => paths.some((path) => path[at] !== step))
  // No key is this number.
  const any = 987_654_321
  return patternOf(
    area,
    first.map((step, at) => (varies[at] ? any : step))
  ).replaceAll(`[${any}]`, '[*]')
}

function ruleFor(change: Change): readonly Rule[] | { readonly why: string } {
  const { area, path } = change
  if (area === 'method' || area === 'path') return { why: 'another address is another call' }
  if (area === 'content-type') return { why: 'a body of another type is another request' }
  if (path.length === 0) return { why: 'it is the whole body' }
  if (change.kind === 'moved') return { why: 'the order of a list counts' }
  if (change.kind !== 'changed' && change.isItem)
    return { why: 'there is one item more in one of the two: they did different things' }
  if (change.kind === 'changed' && isStateId(change.recorded) && isStateId(change.wanted)) {
    return { why: 'it names something that the API keeps, and another one is another thing' }
  }
  const ignore: readonly Rule[] = [{ kind: 'ignore', what: '', area }]
  const root = String(path[0])
  const isFree = area !== 'body' || SAYS_NOTHING.test(String(path.at(-1)))
  const isAsked = !isFree && ASKED.has(root)
  const explained = change.kind === 'changed' ? explain(change.recorded, change.wanted, isAsked) : undefined
  if (area === 'body' && root === 'model') return { why: 'another model gives another answer' }
  if (explained) return explained.map((what) => ({ kind: 'normalise', what, area }))
  if (isAsked) return { why: 'it is what the model is asked, and nothing in it changed that has a known form' }
  if (!isFree && STEERS.has(root)) return { why: 'it decides what the model answers' }
  return ignore
}

function isStateId(value: Json): boolean {
  return typeof value === 'string' && classOf(value, '', undefined) === 'state'
}

/** The normalisers under which two values are equal, the fewest and narrowest; `undefined` where there are none. */
function explain(recorded: Json, wanted: Json, isAsked: boolean): readonly string[] | undefined {
  if (typeof recorded !== typeof wanted || !/^(?:string|number)$/.test(typeof recorded)) return undefined
  const [before, after] = [String(recorded), String(wanted)]
  const names = NORMALISERS.filter(({ needsPlace }) => !needsPlace || (!isAsked && typeof recorded === 'string'))
  const works = (chosen: readonly string[]): boolean => normalised(before, chosen) === normalised(after, chosen)
  const one = names.find(({ name }) => works([name]))
  if (one) return [one.name]
  const narrow = names.filter(({ needsPlace }) => !needsPlace).map(({ name }) => name)
  if (works(narrow)) {
    return narrow.reduceRight<readonly string[]>((chosen, name) => {
      const fewer = chosen.filter((other) => other !== name)
      return works(fewer) ? fewer : chosen
    }, narrow)
  }
  const pattern = typeof recorded === 'string' ? derivePattern(before, after) : undefined
  return pattern === undefined ? undefined : [pattern]
}

function normalised(text: string, names: readonly string[]): string {
  return names.reduce((value, name) => parseNormaliser(`${name} in $.a`).apply(value), text)
}
