/** A parsed file of somebody else's, as plain data: every value knows its line, and a key is never more than a key. */
import { FormatError } from './format-error.ts'

/** Most values of a file: more would take more memory than is worth it. */
export const MOST_VALUES = 1_000_000

export type SourceNode = SourceMap | SourceList | SourceScalar

export interface SourceMap {
  readonly kind: 'map'
  /** From 1. */
  readonly line: number
  readonly fields: ReadonlyMap<string, SourceNode>
}

export interface SourceList {
  readonly kind: 'list'
  readonly line: number
  readonly items: readonly SourceNode[]
}

export type SourceScalar =
  | { readonly kind: 'text'; readonly line: number; readonly text: string }
  | { readonly kind: 'bytes'; readonly line: number; readonly bytes: Uint8Array }
  /** As it was written, where JSON could hold it so: `1.0` is not `1`. */
  | { readonly kind: 'number'; readonly line: number; readonly source: string }
  | { readonly kind: 'word'; readonly line: number; readonly value: boolean | null }

/** A field of a map; `undefined` where there is none, it is `null`, or the value is no map. */
export function fieldOf(node: SourceNode | undefined, name: string): SourceNode | undefined {
  const field = node?.kind === 'map' ? node.fields.get(name) : undefined
  return field?.kind === 'word' && field.value === null ? undefined : field
}

/** A field that must be there. Throws {@link FormatError}. */
export function needField(node: SourceNode, name: string): SourceNode {
  const field = fieldOf(node, name)
  if (field === undefined) throw new FormatError(node.line, `it has no ${name}`)
  return field
}

/** The items of a list; none of anything else. */
export function itemsOf(node: SourceNode | undefined): readonly SourceNode[] {
  return node?.kind === 'list' ? node.items : []
}

/** The fields of a map, in order; none of anything else. */
export function entriesOf(node: SourceNode | undefined): readonly (readonly [string, SourceNode])[] {
  return node?.kind === 'map' ? [...node.fields] : []
}

/** A text, or a number or word as text; `undefined` of anything else. */
export function textOf(node: SourceNode | undefined): string | undefined {
  switch (node?.kind) {
    case 'text':
      return node.text
    case 'number':
      return node.source
    case 'word':
      return String(node.value)
    case 'bytes':
      return Buffer.from(node.bytes).toString('utf8')
    default:
      return undefined
  }
}

/** A field that must hold a text. Throws {@link FormatError}. */
export function needText(node: SourceNode, name: string): string {
  const field = needField(node, name)
  const text = textOf(field)
  if (text === undefined) throw new FormatError(field.line, `its ${name} is no text`)
  return text
}

/** A field that must hold a number. Throws {@link FormatError}. */
export function needNumber(node: SourceNode, name: string): number {
  const value = Number(needText(node, name))
  if (!Number.isFinite(value)) throw new FormatError(needField(node, name).line, `its ${name} is no number`)
  return value
}

/** A field that holds a number, or `undefined` where there is none. */
export function numberOf(node: SourceNode | undefined, name: string): number | undefined {
  const text = textOf(fieldOf(node, name))
  return text === undefined || !Number.isFinite(Number(text)) ? undefined : Number(text)
}

/** The value as compact JSON, numbers as they were written. Throws {@link FormatError} where JSON cannot hold it. */
export function toJsonText(node: SourceNode): string {
  switch (node.kind) {
    case 'map':
      return `{${[...node.fields].map(([name, value]) => `${JSON.stringify(name)}:${toJsonText(value)}`).join(',')}}`
    case 'list':
      return `[${node.items.map(toJsonText).join(',')}]`
    case 'text':
      return JSON.stringify(node.text)
    case 'number':
      return node.source
    case 'word':
      return String(node.value)
    case 'bytes':
      throw new FormatError(node.line, 'it has bytes within JSON, which holds texts only')
  }
}
