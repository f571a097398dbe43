/** Paths of fields as people write them: `metadata.user_id`, `messages[*].name`, `$.user`. */
import type { JsonPath } from '../http/json.ts'

/** A path that is read. */
export interface FieldPath {
  /** From the outside in. `*` is any one name or number, `**` any number of them. */
  readonly parts: readonly string[]
  /** Whether it begins at the root; else it fits wherever a value's path ends so. */
  readonly isRooted: boolean
}

const PART = /^(?:\[(\d{1,6}|\*)\]|\["([^"]{1,200})"\]|\.?([^.[\]"\s]{1,200}))/

/** More of them would make the search slow. */
const MOST_DEEP = 2

/** Throws an `Error` that says what is wrong. */
export function readFieldPath(text: string): FieldPath {
  const shown = JSON.stringify(text.slice(0, 80))
  const isRooted = /^\$(?:[.[]|$)/.test(text)
  const parts: string[] = []
  for (let rest = isRooted ? text.slice(1) : text; rest !== '';) {
    const match = PART.exec(rest)
    if (!match) throw new Error(`${shown} is no path of a field. Write it like metadata.user_id or messages[*].name.`)
    parts.push(match[1] ?? match[2] ?? match[3]!)
    rest = rest.slice(match[0].length)
  }
  if (parts.every((part) => /^\*+$/.test(part)) || parts.at(-1) === '**')
    throw new Error(`${shown} names no field: it would take every value out. Name one.`)
  if (parts.filter((part) => part === '**').length > MOST_DEEP)
    throw new Error(`${shown} has ** more than twice. Name what is between.`)
  return { parts, isRooted }
}

/** The last name in a path: what the field is called. */
export function fieldName({ parts }: FieldPath): string {
  return parts.findLast((part) => !/^(?:\*+|\d+)$/.test(part)) ?? 'field'
}

/**
 * Whether a value belongs to a field: it is the field's value, or a part of it. Numbers of list items need not be named; a first
 * part `''` is the root.
 */
export function isWithin(path: JsonPath, field: FieldPath): boolean {
  for (let end = path.length; end > 0; end -= 1) if (endsWith(path, end, field, field.parts.length)) return true
  return false
}

/** Whether the first parts of a field, up to a number of them, are the last ones of a path up to `end`. */
function endsWith(path: JsonPath, end: number, field: FieldPath, count: number): boolean {
  let at = end
  for (let next = count - 1; next >= 0; next -= 1) {
    const part = field.parts[next]!
    if (part === '**') {
      for (let from = at; from >= 0; from -= 1) if (endsWith(path, from, field, next)) return true
      return false
    }
    while (at > 0 && typeof path[at - 1] === 'number' && part !== '*' && part !== String(path[at - 1])) at -= 1
    if (at === 0 || (part !== '*' && part !== String(path[at - 1]))) return false
    at -= 1
  }
  if (!field.isRooted) return true
  while (at > 0 && typeof path[at - 1] === 'number') at -= 1
  return at === (path[0] === '' ? 1 : 0)
}
