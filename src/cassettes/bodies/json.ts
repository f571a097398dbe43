/** JSON as YAML nodes: every number as it was written, and the spacing as a word where it is not compact. */
import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { isJsonType } from '../../http/headers.ts'
import { JSON_NUMBER, JsonError, walkJson } from '../../http/json.ts'
import { toBytes } from '../../http/message.ts'
import type { YamlObject, YamlValue } from '../yaml-text.ts'
import { BodyFormError, type BodyForm } from './form.ts'

/** How JSON is spaced. */
interface Layout {
  /** `spaced`: `{"a": 1, "b": 2}`, as Python writes it; else what one level is indented by. */
  readonly spacing: 'compact' | 'spaced' | { readonly indent: string }
  /** Whether characters beyond ASCII are escaped. */
  readonly ascii: boolean
  /** Whether a line end follows. */
  readonly newline: boolean
}

export const jsonForm: BodyForm = {
  name: 'json',
  write({ text, contentType }) {
    if (text === undefined || !(isJsonType(contentType) || /^\s*[{[]/.test(text))) return undefined
    const layout = writeLayout(guessLayout(text))
    try {
      JSON.parse(text)
      const json = toYaml(text)
      if (json === undefined) return undefined
      return new Map<string, YamlValue | undefined>([
        ['layout', layout === '' ? undefined : layout],
        ['json', json]
      ])
    } catch (error) {
      if (error instanceof JsonError || error instanceof SyntaxError) return undefined
      throw error
    }
  },
  read({ body, node }) {
    const layout = readLayout('layout' in body ? (body.layout ?? '') : '')
    const json = isMap(node) ? (node.get('json', true) as Node | undefined) : undefined
    const text = render(json, layout, '') + (layout.newline ? '\n' : '')
    return toBytes(layout.ascii ? escapeBeyondAscii(text) : text)
  }
}

/** More values than this (embeddings by the hundred) nobody reads, and parsing them as YAML takes seconds: they stay text. */
const MOST_VALUES = 20_000

function toYaml(text: string): YamlValue | undefined {
  let root: YamlValue = null
  let count = 0
  const open: (YamlObject | YamlValue[])[] = []
  walkJson(text, ({ kind, start, end, path }) => {
    count += 1
    if (count > MOST_VALUES) return
    const value = kind === 'object' ? new Map() : kind === 'array' ? [] : toScalar(text.slice(start, end))
    const holder = open[path.length - 1]
    if (holder instanceof Map) holder.set(String(path.at(-1)), value)
    else if (holder) holder.push(value)
    else root = value
    if (value instanceof Map || Array.isArray(value)) open[path.length] = value
  })
  return count > MOST_VALUES ? undefined : root
}

function toScalar(source: string): YamlValue {
  const value = JSON.parse(source) as string | number | boolean | null
  return typeof value === 'number' ? { raw: source } : value
}

function render(node: Node | null | undefined, layout: Layout, indent: string): string {
  if (isMap(node)) {
    const fields = node.items.map(({ key, value }) => {
      const name = JSON.stringify(String(isScalar(key) ? key.value : key))
      return `${name}:${layout.spacing === 'compact' ? '' : ' '}${render(value as Node | null, layout, deeper(layout, indent))}`
    })
    return bracket(['{', '}'], fields, layout, indent)
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => render(item as Node | null, layout, deeper(layout, indent)))
    return bracket(['[', ']'], items, layout, indent)
  }
  if (isAlias(node)) throw new BodyFormError(`write the value out where "*${node.source}" stands; JSON has no aliases`)
  return isScalar(node) ? renderScalar(node.value, node.source) : 'null'
}

function renderScalar(value: unknown, source: string | undefined): string {
  if (typeof value !== 'number') return JSON.stringify(value ?? null)
  if (!Number.isFinite(value) && !JSON_NUMBER.test(source ?? '')) throw new BodyFormError(`JSON has no number ${String(source)}`)
  return source !== undefined && JSON_NUMBER.test(source) ? source : String(value)
}

function deeper({ spacing }: Layout, indent: string): string {
  return typeof spacing === 'object' ? indent + spacing.indent : indent
}

function bracket([open, close]: readonly [string, string], items: readonly string[], layout: Layout, indent: string): string {
  if (items.length === 0) return open + close
  if (layout.spacing === 'compact') return open + items.join(',') + close
  if (layout.spacing === 'spaced') return open + items.join(', ') + close
  const inner = `\n${deeper(layout, indent)}`
  return `${open}${inner}${items.join(`,${inner}`)}\n${indent}${close}`
}

function escapeBeyondAscii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A guess is enough: the form is proved before it is used. */
function guessLayout(text: string): Layout {
  const indent = /^[{[]\n([ \t]+)\S/.exec(text)?.[1]
  // The first colon or comma between two values tells.
  const isSpaced = /^(?:[^",:]|"(?:[^"\\]|\\.)*")*[,:] /.test(text.slice(0, 2000))
  return {
    spacing: indent !== undefined ? { indent } : isSpaced ? 'spaced' : 'compact',
    ascii: /\\u(?:00[89a-f]|0[1-9a-f]|[1-9a-f])/.test(text) && !/[\u0080-\uffff]/.test(text),
    newline: text.endsWith('\n')
  }
}

function writeLayout({ spacing, ascii, newline }: Layout): string {
  const word = typeof spacing === 'string' ? spacing : `indent ${spacing.indent === '\t' ? 'tab' : spacing.indent.length}`
  return [word === 'compact' ? '' : word, ascii ? 'ascii' : '', newline ? 'newline' : ''].filter((one) => one !== '').join(', ')
}

function readLayout(text: string): Layout {
  const words = text.split(', ')
  const indent = /\bindent (tab|\d)/.exec(text)?.[1]
  const spaces = indent === 'tab' ? '\t' : ' '.repeat(Number(indent ?? 0))
  return {
    spacing: indent !== undefined ? { indent: spaces } : words.includes('spaced') ? 'spaced' : 'compact',
    ascii: words.includes('ascii'),
    newline: words.includes('newline')
  }
}
