/** Places in requests as match rules name them: `messages[*].content`, `query.trace`, `headers.openai-beta`. */
import { formatPath, type JsonPath } from '../../http/json.ts'

/** Which part of a request a place is in. */
export type Area = 'body' | 'query' | 'headers'

type Segment = { readonly kind: 'key' | 'index'; readonly value: string | number } | { readonly kind: 'any' | 'deep' }

/** A place, or with wildcards many. */
export interface FieldPattern {
  /** As it was written. */
  readonly text: string
  readonly area: Area
  readonly segments: readonly Segment[]
}

/** A place that nobody can read; the message says where it goes wrong and how to write it. */
export class FieldPatternError extends Error {
  constructor(text: string, what: string) {
    super(`${JSON.stringify(text.slice(0, 100))} is no place in a request: ${what}.`)
    this.name = 'FieldPatternError'
  }
}

const FORMS = 'write messages[0].content, metadata.*, **.cache_control, ["a b"], query.NAME or headers.NAME'

/** One step down: a wildcard over levels, a key, any key, an index, any index, a key in quotes. */
const STEP = /\*\*|(\*)|([\p{L}\p{N}_$-]+)|\[(?:(\d{1,9})|(\*)|("(?:[^"\\]|\\.)*"))\]/uy

/** Reads a place. Throws {@link FieldPatternError}. */
export function parseFieldPattern(text: string): FieldPattern {
  const [, first, rest] = /^(query|headers)(?:\.(.*))?$/s.exec(text) ?? []
  if (first === undefined) return { text, area: 'body', segments: readSegments(text, text.replace(/^\$(?:\.|(?=\[)|$)/, '')) }
  if (rest === undefined || rest === '') {
    throw new FieldPatternError(text, `write ${first}.NAME or ${first}.*, or $.${first} for the field of that name in the body`)
  }
  const isName = /^[\w.~%[\]*-]+$/.test(rest)
  if (!isName) throw new FieldPatternError(text, `behind "${first}." stands one name, or *`)
  const name = first === 'headers' ? rest.toLowerCase() : rest
  return { text, area: first as Area, segments: [rest === '*' ? { kind: 'any' } : { kind: 'key', value: name }] }
}

function readSegments(whole: string, text: string): Segment[] {
  const segments: Segment[] = []
  let at = 0
  while (at < text.length) {
    const separator = text[at] === '.' ? 1 : 0
    const isKey = text[at + separator] !== '['
    if (separator === (segments.length > 0 && isKey ? 1 : 0)) STEP.lastIndex = at + separator
    else throw new FieldPatternError(whole, `it goes wrong at character ${at + 1 + whole.length - text.length}; ${FORMS}`)
    const step = STEP.exec(text)
    if (!step) throw new FieldPatternError(whole, `it goes wrong at character ${at + 1 + whole.length - text.length}; ${FORMS}`)
    segments.push(toSegment(step))
    at = STEP.lastIndex
  }
  if (segments.length === 0) throw new FieldPatternError(whole, `it names nothing; ${FORMS}`)
  if (segments.every(({ kind }) => kind === 'deep')) throw new FieldPatternError(whole, 'it names everything. Name a field')
  return segments
}

function toSegment([step, anyKey, key, index, anyIndex, quoted]: RegExpExecArray): Segment {
  if (step === '**') return { kind: 'deep' }
  if (anyKey !== undefined || anyIndex !== undefined) return { kind: 'any' }
  if (index !== undefined) return { kind: 'index', value: Number(index) }
  return { kind: 'key', value: key ?? (JSON.parse(quoted!) as string) }
}

/** Whether a place fits a pattern, from root to end. */
export function fitsPattern({ segments }: FieldPattern, path: JsonPath): boolean {
  let states = reach(segments, [0])
  for (const step of path) {
    const next = states.flatMap((state) => {
      const segment = segments[state]
      if (segment === undefined) return []
      if (segment.kind === 'deep') return [state]
      return !('value' in segment) || segment.value === step ? [state + 1] : []
    })
    if (next.length === 0) return false
    states = reach(segments, next)
  }
  return states.includes(segments.length)
}

/** The states, and those behind wildcards that stand for no level. */
function reach(segments: readonly Segment[], states: readonly number[]): number[] {
  const reached = new Set<number>()
  for (const state of states) {
    let at = state
    reached.add(at)
    while (segments[at]?.kind === 'deep') reached.add((at += 1))
  }
  return [...reached]
}

/** The place as a pattern that means it and nothing else. */
export function patternOf(area: Area, path: JsonPath): string {
  if (area !== 'body') return `${area}.${String(path[0])}`
  const text = formatPath(path)
  return /^(?:query|headers)(?:[.[]|$)/.test(text) ? `$.${text}` : text
}
