/** What changed between two requests, as a person would say it: which message came in, which field of which tool is new. */
import { canonicalJson, isObject, type Json, type JsonPath } from '../../http/json.ts'
import type { Comparable } from './comparable.ts'
import { alignLists } from './align.ts'

/** Where something changed. */
export type ChangeArea = 'method' | 'path' | 'query' | 'headers' | 'content-type' | 'body'

/** One change. Places are those of the request that was asked; of what is gone, those of the recording. */
export type Change = {
  readonly area: ChangeArea
  readonly path: JsonPath
  /** The tool around it. */
  readonly tool?: string | undefined
} & (
  | { readonly kind: 'changed'; readonly recorded: Json; readonly wanted: Json }
  /** A field or an item that was not there. */
  | { readonly kind: 'added'; readonly value: Json; readonly isItem: boolean }
  | { readonly kind: 'removed'; readonly value: Json; readonly isItem: boolean }
  /** The same items in another order. */
  | { readonly kind: 'moved'; readonly recorded: readonly Json[]; readonly wanted: readonly Json[] }
)

/** Every change, in the order of the request. */
export function findChanges(recorded: Comparable, wanted: Comparable): Change[] {
  const plain = (['method', 'path'] as const).flatMap((area) => compare(recorded[area], wanted[area], { area, path: [] }))
  const type = compare(recorded.contentType, wanted.contentType, { area: 'content-type', path: [] })
  const pairs = (['query', 'headers'] as const).flatMap((area) => comparePairs(recorded[area], wanted[area], area))
  const body = compareBodies(recorded, wanted)
  return [...plain, ...pairs, ...type, ...body]
}

function compareBodies({ body: before }: Comparable, { body: after }: Comparable): Change[] {
  const isSame = before.form === after.form && equal(before.value, after.value)
  if (isSame) return []
  const place: Place = { area: 'body', path: [] }
  // Texts of two forms may look alike.
  if (before.form !== after.form && equal(before.value, after.value)) {
    return [{ ...place, kind: 'changed', recorded: before.form, wanted: after.form }]
  }
  return compare(before.value, after.value, place)
}

function comparePairs(before: Comparable['query'], after: Comparable['query'], area: 'query' | 'headers'): Change[] {
  const valuesOf = (pairs: Comparable['query'], name: string): string[] =>
    pairs.filter(([own]) => own === name).map(([, value]) => value)
  const names = [...new Set([...before, ...after].map(([name]) => name))]
  return names.flatMap((name): Change[] => {
    const place: Place = { area, path: [name] }
    const [was, is] = [valuesOf(before, name), valuesOf(after, name)]
    if (was.length === 0) return [{ ...place, kind: 'added', value: one(is), isItem: false }]
    if (is.length === 0) return [{ ...place, kind: 'removed', value: one(was), isItem: false }]
    return equal(was, is) ? [] : [{ ...place, kind: 'changed', recorded: one(was), wanted: one(is) }]
  })
}

function one(values: readonly string[]): Json {
  return values.length === 1 ? values[0]! : values
}

interface Place {
  readonly area: ChangeArea
  readonly path: JsonPath
  readonly tool?: string | undefined
}

function compare(before: Json, after: Json, place: Place): Change[] {
  if (Array.isArray(before) && Array.isArray(after))
    return compareLists(before as readonly Json[], after as readonly Json[], place)
  if (isObject(before) && isObject(after)) return compareObjects(before, after, place)
  return equal(before, after) ? [] : [{ ...place, kind: 'changed', recorded: before, wanted: after }]
}

type JsonObject = { readonly [key: string]: Json }

function compareObjects(before: JsonObject, after: JsonObject, place: Place): Change[] {
  const tool = place.tool ?? (place.path.includes('tools') ? toolName(after) : undefined)
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].flatMap((key): Change[] => {
    const inner: Place = { area: place.area, path: [...place.path, key], tool }
    if (!Object.hasOwn(before, key)) return [{ ...inner, kind: 'added', value: after[key]!, isItem: false }]
    if (!Object.hasOwn(after, key)) return [{ ...inner, kind: 'removed', value: before[key]!, isItem: false }]
    return compare(before[key]!, after[key]!, inner)
  })
}

/** Longer lists than this have their items compared one by one. */
const MOST_ALIGNED = 600

function compareLists(before: readonly Json[], after: readonly Json[], place: Place): Change[] {
  const [was, is] = [before.map(canonicalJson), after.map(canonicalJson)]
  if (equal(was, is)) return []
  if (was.length === is.length && equal(was.toSorted(), is.toSorted())) {
    return [{ ...place, kind: 'moved', recorded: before, wanted: after }]
  }
  const isLong = was.length > MOST_ALIGNED || is.length > MOST_ALIGNED
  const pairs = isLong ? pairByPlace(before.length, after.length) : alignItems(before, after, { was, is })
  return pairs.flatMap(([i, j]): Change[] => {
    if (i === undefined) return [{ ...place, path: [...place.path, j!], kind: 'added', value: after[j!]!, isItem: true }]
    if (j === undefined) return [{ ...place, path: [...place.path, i], kind: 'removed', value: before[i]!, isItem: true }]
    return compare(before[i]!, after[j]!, { ...place, path: [...place.path, j] })
  })
}

/** Which item became which; one of the two is `undefined` where it has no other. */
type ItemPair = readonly [before: number | undefined, after: number | undefined]

function pairByPlace(before: number, after: number): ItemPair[] {
  return Array.from({ length: Math.max(before, after) }, (_, place) => [
    place < before ? place : undefined,
    place < after ? place : undefined
  ])
}

/** Items that stayed keep their partners, whatever came in before them; of the others, those of one kind are one that changed. */
function alignItems(
  before: readonly Json[],
  after: readonly Json[],
  { was, is }: { readonly was: readonly string[]; readonly is: readonly string[] }
): ItemPair[] {
  const pairs: ItemPair[] = []
  let [i, j] = [0, 0]
  for (const { gone, added, same } of alignLists(was, is)) {
    pairs.push(...pairChanged(before, after, { gone: count(i, gone.length), added: count(j, added.length) }))
    i += gone.length + (same === undefined ? 0 : 1)
    j += added.length + (same === undefined ? 0 : 1)
  }
  return pairs
}

function count(from: number, length: number): number[] {
  return Array.from({ length }, (_, place) => from + place)
}

/** With how many items one that changed is compared. */
const MOST_PARTNERS = 20

function pairChanged(
  before: readonly Json[],
  after: readonly Json[],
  { gone, added }: { readonly gone: readonly number[]; readonly added: readonly number[] }
): ItemPair[] {
  const free = new Set(added)
  const isOneToOne = gone.length === added.length
  const pairs = gone.map((i, place): ItemPair => {
    const kind = kindOf(before[i]!)
    const opposite = added[place]
    const isOpposite = isOneToOne && free.has(opposite!) && kindOf(after[opposite!]!) === kind
    const partner = isOpposite ? opposite : findPartner(before[i]!, after, [...free])
    if (partner === undefined) return [i, undefined]
    free.delete(partner)
    return [i, partner]
  })
  const all: ItemPair[] = [...pairs, ...[...free].map((j): ItemPair => [undefined, j])]
  return all.toSorted((a, b) => (a[1] ?? a[0]!) - (b[1] ?? b[0]!))
}

/** The item of the same kind that is most alike. What shares nothing was not changed: one left and another came. */
function findPartner(item: Json, after: readonly Json[], free: readonly number[]): number | undefined {
  const kind = kindOf(item)
  const text = canonicalJson(item)
  const [best] = free
    .filter((j) => kindOf(after[j]!) === kind)
    .slice(0, MOST_PARTNERS)
    .map((j) => ({ j, likeness: likeness(text, canonicalJson(after[j]!)) }))
    .toSorted((a, b) => b.likeness - a.likeness)
  return best && best.likeness >= LEAST_LIKENESS ? best.j : undefined
}

const LEAST_LIKENESS = 0.2

/** Items of different kinds are never one that changed: another role, another tool, another type of content. */
function kindOf(item: Json): string {
  if (!isObject(item)) return Array.isArray(item) ? 'list' : typeof item
  return [item['role'], item['type'], toolName(item), item['name']].map(String).join(' ')
}

/** The name of the tool that an object describes. */
function toolName(item: JsonObject): string | undefined {
  const { function: inner, name } = item
  const found = isObject(inner) ? inner['name'] : name
  return typeof found === 'string' ? found : undefined
}

/** From 0 to 1: how much of the longer text stands in both, at the beginning and at the end. */
function likeness(a: string, b: string): number {
  return countAlike(a, b) / Math.max(a.length, b.length)
}

/** How many characters two texts share at their beginning and at their end. */
export function countAlike(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && a[start] === b[start]) start += 1
  let end = 0
  while (end < most - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  return start + end
}

function equal(a: Json, b: Json): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b)
}
