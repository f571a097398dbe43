/** Finds the ids in a request, and renames them in the order in which they stand: equal requests then, whoever made the ids. */
import { isObject, type Json } from '../../http/json.ts'
import { MARK, mapStrings, toObject, type Comparable } from './comparable.ts'
import { classOf, prefixOf, randomStem, type IdClass } from './id-shapes.ts'

/** One id of a request. */
export interface FoundId {
  readonly value: string
  readonly class: IdClass
}

export interface Renamed {
  /** With `call 1`, `call 2` … for the ids. */
  readonly comparable: Comparable
  /** In the order of their numbers. */
  readonly ids: readonly FoundId[]
}

/** Shorter ones are only renamed where an id must stand: in a text they could be a word. */
const SHORTEST_IN_TEXT = 8

/** A run of characters that an id may be. */
const TOKEN = /[\w-]{8,200}/g

interface Book {
  readonly ids: FoundId[]
  readonly names: Map<string, string>
}

/** Renames every id, consistently: two that are equal stay equal, two that are not stay apart. */
export function renameIds(comparable: Comparable): Renamed {
  const book: Book = { ids: [], names: new Map() }
  const path = comparable.path
    .split('/')
    .map((segment) => nameOf(segment, classOf(segment, '', undefined), book) ?? segment)
    .join('/')
  const query = comparable.query.map(
    ([name, value]) => [name, nameOf(value, classOf(value, name, undefined), book) ?? value] as const
  )
  const { form, value } = comparable.body
  const placed = form === 'json' || form === 'form' ? rename(value, { field: '', holder: undefined }, book) : value
  if (book.ids.length === 0) return { comparable, ids: [] }
  const body = { form, value: renameInTexts(placed, book) }
  return { comparable: { ...comparable, path, query, body }, ids: book.ids }
}

/** The request with `<call id>` in the place of each id: what else differs can then be told. */
export function withoutIds(comparable: Comparable): Comparable {
  const { comparable: renamed, ids } = renameIds(comparable)
  if (ids.length === 0) return comparable
  const strip = (text: string): string => (text.includes(MARK) ? text.replace(NAME, `${MARK}<$1 id>`) : text)
  return {
    ...renamed,
    path: strip(renamed.path),
    query: renamed.query.map(([name, value]) => [name, strip(value)]),
    body: { ...renamed.body, value: mapStrings(renamed.body.value, strip) }
  }
}

/** A name that {@link nameOf} gives, and the kind in it. */
const NAME = new RegExp(`${MARK}(?:state )?([a-z]+) \\d+${MARK}`, 'g')

interface Place {
  readonly field: string
  readonly holder: Json | undefined
}

/** Keys in their sorted order, so that the order in which a client writes them does not count. */
function rename(value: Json, place: Place, book: Book): Json {
  if (typeof value === 'string') return renameText(value, place, book)
  if (Array.isArray(value)) return value.map((item: Json) => rename(item, place, book))
  if (!isObject(value)) return value
  const keys = Object.keys(value).toSorted()
  const renamed = keys.map((field) => [field, rename(value[field]!, { field, holder: value }, book)] as const)
  return book.ids.length === 0 ? value : toObject(renamed)
}

function renameText(value: string, { field, holder }: Place, book: Book): string {
  if (field === 'filename') {
    const stem = randomStem(value)
    return stem === undefined ? value : nameOf(stem, 'own', book)! + value.slice(stem.length)
  }
  return nameOf(value, classOf(value, field, holder), book) ?? value
}

function nameOf(value: string, found: IdClass | undefined, { ids, names }: Book): string | undefined {
  if (found === undefined) return undefined
  const known = names.get(value)
  if (known !== undefined) return known
  ids.push({ value, class: found })
  // What the API keeps is of one kind only; of tools' calls and clients' own marks, the field says enough.
  const kind = found === 'state' ? `state ${prefixOf(value)}` : found
  const name = `${MARK}${kind} ${ids.length}${MARK}`
  names.set(value, name)
  return name
}

/** An id that a text mentions is the same id. */
function renameInTexts(value: Json, { names }: Book): Json {
  const long = new Map([...names].filter(([id]) => id.length >= SHORTEST_IN_TEXT))
  if (long.size === 0) return value
  return mapStrings(value, (text) => (text.startsWith(MARK) ? text : text.replace(TOKEN, (token) => long.get(token) ?? token)))
}
