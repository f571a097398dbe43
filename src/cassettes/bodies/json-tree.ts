/** A JSON object as its text and the place of every value in it: what differs between two of them, and short names for values. */
import { isObject, JsonError, tryParseJson, walkJson } from '../../http/json.ts'

/** One value of the object. */
export interface TreeValue {
  /** `.choices[0].delta.content`; `''` is the object itself. `undefined` where a key on the way is no plain word. */
  readonly path: string | undefined
  readonly start: number
  readonly end: number
  /** What an object or array holds, in order. */
  readonly items: readonly TreeValue[] | undefined
}

export interface JsonTree {
  readonly json: string
  readonly root: TreeValue
  /** Every value, in order. */
  readonly all: readonly TreeValue[]
}

/** A value, and the JSON that stands in its place. */
export interface Change {
  readonly value: TreeValue
  readonly source: string
}

/** The names that values may have: `.content`, `.delta.content`, `.choices[0].index`. */
export const NAME = /(?:\.[A-Za-z_][\w-]*(?:\[\d+\])*)+/y

const PLAIN_KEY = /^[A-Za-z_][\w-]*$/

type Growing = { -readonly [Key in keyof TreeValue]: TreeValue[Key] } & { items: Growing[] | undefined }

/** `undefined` where the text is no JSON object, or one that readers may read differently. */
export function readTree(json: string): JsonTree | undefined {
  if (!isObject(tryParseJson(json))) return undefined
  const all: Growing[] = []
  const open: Growing[] = []
  try {
    walkJson(
      json,
      ({ kind, start, end, path }) => {
        const holder = open.at(-1)
        const isHolder = kind === 'object' || kind === 'array'
        const value: Growing = { path: pathIn(holder?.path, path.at(-1)), start, end, items: isHolder ? [] : undefined }
        holder?.items!.push(value)
        all.push(value)
        if (isHolder) open.push(value)
      },
      (end) => {
        open.pop()!.end = end
      }
    )
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
  return { json, root: all[0]!, all }
}

function pathIn(holder: string | undefined, key: string | number | undefined): string | undefined {
  if (key === undefined) return ''
  if (holder === undefined) return undefined
  if (typeof key === 'number') return `${holder}[${key}]`
  return PLAIN_KEY.test(key) ? `${holder}.${key}` : undefined
}

/** A value as it is written. */
export function sourceOf({ json }: JsonTree, { start, end }: TreeValue): string {
  return json.slice(start, end)
}

/** The one value whose path is the name, or else ends in it; `undefined` where there is none, or more than one. */
export function findValue({ all }: JsonTree, name: string): TreeValue | undefined {
  let found: TreeValue | undefined
  let count = 0
  for (const value of all) {
    if (value.path === name) return value
    if (value.path?.endsWith(name)) {
      found = value
      count += 1
    }
  }
  return count === 1 ? found : undefined
}

/** The shortest name that means this value and no other. */
export function nameOf(tree: JsonTree, { path = '' }: TreeValue): string | undefined {
  for (let dot = path.lastIndexOf('.'); dot !== -1; dot = dot === 0 ? -1 : path.lastIndexOf('.', dot - 1)) {
    const name = path.slice(dot)
    if (findValue(tree, name)?.path === path) return name
  }
  return undefined
}

/** What makes one object out of another: the smallest values that differ and have a name, else what holds them. */
export function compareTrees(from: JsonTree, to: JsonTree): Change[] {
  function compare(before: TreeValue, after: TreeValue): Change[] {
    const source = sourceOf(to, after)
    if (source === sourceOf(from, before)) return []
    const inner = compareItems(before, after)
    return inner && inner.every(({ value }) => value.path !== undefined) ? inner : [{ value: before, source }]
  }

  /** `undefined` where keys, their order, the number of items or the spacing differ. */
  function compareItems(before: TreeValue, after: TreeValue): Change[] | undefined {
    if (!before.items || !after.items || before.items.length !== after.items.length) return undefined
    const changes: Change[] = []
    let [beforeAt, afterAt] = [before.start, after.start]
    for (const [index, item] of before.items.entries()) {
      const other = after.items[index]!
      if (from.json.slice(beforeAt, item.start) !== to.json.slice(afterAt, other.start)) return undefined
      changes.push(...compare(item, other))
      beforeAt = item.end
      afterAt = other.end
    }
    return from.json.slice(beforeAt, before.end) === to.json.slice(afterAt, after.end) ? changes : undefined
  }

  return compare(from.root, to.root)
}

/** The object's text with other values; `undefined` where one of them lies within another. */
export function applyChanges({ json }: JsonTree, changes: readonly Change[]): string | undefined {
  let out = ''
  let copied = 0
  for (const { value, source } of changes.toSorted((a, b) => a.value.start - b.value.start)) {
    if (value.start < copied) return undefined
    out += json.slice(copied, value.start) + source
    copied = value.end
  }
  return out + json.slice(copied)
}
