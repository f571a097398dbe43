/** A JSON text with holes for single values: what most events of a stream share. Filling and matching it is faster than a tree. */
import type { TreeValue } from './json-tree.ts'

export interface EventTemplate {
  /** What fills each hole: the name of a field, or `''` for the count. */
  readonly names: readonly string[]
  /** The text before, between and behind the holes. */
  readonly texts: readonly string[]
}

/** A hole: a string, number, `true`, `false` or `null`. */
export interface Hole {
  readonly name: string
  readonly value: TreeValue
}

/** `undefined` where a value is an object or array: what replaces it may have other fields in it. */
export function createTemplate(json: string, holes: readonly Hole[]): EventTemplate | undefined {
  const sorted = holes.toSorted((a, b) => a.value.start - b.value.start)
  if (sorted.some(({ value }) => value.items)) return undefined
  const starts = [0, ...sorted.map(({ value }) => value.end)]
  const ends = [...sorted.map(({ value }) => value.start), json.length]
  return { names: sorted.map(({ name }) => name), texts: starts.map((start, index) => json.slice(start, ends[index])) }
}

/** The text with a value in each hole. */
export function fillTemplate({ texts }: EventTemplate, sources: readonly string[]): string {
  return texts.map((text, index) => text + (sources[index] ?? '')).join('')
}

const SINGLE = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s,:"[\]{}]+/y

/** The values that make this text of the template, or `undefined` where none do. */
export function matchTemplate({ texts }: EventTemplate, json: string): string[] | undefined {
  const sources: string[] = []
  let at = 0
  for (const [index, text] of texts.entries()) {
    if (!json.startsWith(text, at)) return undefined
    at += text.length
    if (index === texts.length - 1) break
    SINGLE.lastIndex = at
    const [source] = SINGLE.exec(json) ?? []
    if (source === undefined) return undefined
    sources.push(source)
    at += source.length
  }
  return at === json.length ? sources : undefined
}

/** Whether a value fits a hole. */
export function isSingle(source: string): boolean {
  return !/^[[{]/.test(source)
}
