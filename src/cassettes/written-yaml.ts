/**
 * Reads YAML that stands as `yaml-text.ts` writes it, in a tenth of the time that a reader of all YAML takes. Whatever looks otherwise
 * (a person has edited it) is left to that one: see `parse-yaml.ts`.
 */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq, type Node } from 'yaml'
import { JSON_NUMBER } from '../http/json.ts'
import { TIMING_LINE } from './timing.ts'
import { readBlockText, readQuotedLines } from './written-texts.ts'
import { isPlain, UNPRINTABLE } from './yaml-text.ts'

/** The document that `yaml` would read, with the places of its nodes; `undefined` for a text that was not written here. */
export function readWritten(text: string): Document | undefined {
  if (!text.endsWith('\n') || UNPRINTABLE.test(text)) return undefined
  const reader = new Reader(text)
  try {
    const contents = reader.whole()
    if (reader.at !== text.length) return undefined
    const document = new Document(null, { schema: 'core', version: '1.2' })
    document.contents = contents
    return document
  } catch (error) {
    // Patterns of the engine end, with a RangeError, at texts of many megabytes.
    if (error === OTHERWISE || error instanceof RangeError) return undefined
    throw error
  }
}

/** Thrown where a text is not as it is written here. */
const OTHERWISE = Symbol('written otherwise')

/** A document's key where it begins with a digit, and is no number: `12e-5` is one. */
const KEY = /^(?=\S*[a-df])[0-9a-f]{16}(?:-[0-9a-f]{16})?-[0-9a-f]{8}$/
const FLOW_LIST = /^\[(?:-?\d[\d.eE+-]*(?:, -?\d[\d.eE+-]*)*)?\]$/
const RECORDED = /^\{at: (\d[\dTZ:.-]*Z), ms: (\d[\d.]*)\}$/
/** YAML 1.2 knows no longer key than 1,024 characters where the value stands behind it. */
const LONGEST_KEY = 1000

const WORDS = new Map<string, null | boolean>([
  ['null', null],
  ['true', true],
  ['false', false]
])

/** Goes through a text line by line; a class, since every step moves its place. */
class Reader {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  whole(): YAMLMap {
    if (!this.#goesOn(0)) throw OTHERWISE
    return this.#map(0)
  }

  /** The fields from here on, where the first key begins. */
  #map(indent: number): YAMLMap {
    const map = new YAMLMap()
    const start = this.at
    do map.items.push(this.#pair(indent))
    while (this.#goesOn(indent))
    return this.#placed(map, start)
  }

  #list(indent: number): YAMLSeq {
    const list = new YAMLSeq()
    const start = this.at
    do {
      if (!this.#text.startsWith('- ', this.at)) throw OTHERWISE
      this.at += 2
      list.items.push(this.#item(indent))
    } while (this.#goesOn(indent))
    return this.#placed(list, start)
  }

  #item(indent: number): Node {
    if (this.#text.startsWith('- ', this.at)) return this.#list(indent + 2)
    return this.#keyEnd() === undefined ? this.#scalar(indent) : this.#map(indent + 2)
  }

  #pair(indent: number): Pair {
    const [start, end] = [this.at, this.#keyEnd()]
    if (end === undefined || end - start > LONGEST_KEY) throw OTHERWISE
    const source = this.#text.slice(start, end)
    if (source[0] !== '"' && !isPlain(source)) throw OTHERWISE
    const key = scalar(source[0] === '"' ? unquote(source) : source, start, end)
    this.at = end + 1
    if (this.#text[this.at] === ' ') {
      this.at += 1
      return new Pair(key, this.#scalar(indent))
    }
    this.at += 1
    if (!this.#goesOn(indent + 2)) throw OTHERWISE
    return new Pair(key, this.#text[this.at] === '-' ? this.#list(indent + 2) : this.#map(indent + 2))
  }

  /** The place of the colon behind the key that begins here, where one does. */
  #keyEnd(): number | undefined {
    const text = this.#text
    const lineEnd = text.indexOf('\n', this.at)
    if (text[this.at] === '"') {
      const end = this.#quoteEnd()
      return end < lineEnd && text[end] === ':' ? end : undefined
    }
    for (let at = text.indexOf(':', this.at); at !== -1 && at < lineEnd; at = text.indexOf(':', at + 1)) {
      if (text[at + 1] === ' ' || text[at + 1] === '\n') return at
    }
    return undefined
  }

  /** Behind the quote that ends the one which begins here. */
  #quoteEnd(): number {
    QUOTED.lastIndex = this.at
    if (!QUOTED.test(this.#text)) throw OTHERWISE
    return QUOTED.lastIndex
  }

  /** A value to its line's end. */
  #scalar(indent: number): Node {
    const start = this.at
    const lineEnd = this.#text.indexOf('\n', start)
    const source = this.#text.slice(start, lineEnd)
    if (source[0] === '|') return this.#several(readBlockText(this.#text, start, indent + 2))
    if (source === '"\\') return this.#several(readQuotedLines(this.#text, start, indent + 2))
    const node = this.#inLine(source, start)
    this.at = lineEnd + 1
    return node
  }

  /** A text that takes several lines. */
  #several(read: { readonly value: string; readonly end: number } | undefined): Node {
    if (!read) throw OTHERWISE
    const node = scalar(read.value, this.at, read.end)
    this.at = read.end
    return node
  }

  #inLine(source: string, start: number): Node {
    const end = start + source.length
    if (source[0] === '"') return scalar(unquote(source), start, end)
    const word = WORDS.get(source)
    if (word !== undefined) return scalar(word, start, end)
    if (JSON_NUMBER.test(source)) return number(source, start)
    if (isPlain(source) || KEY.test(source) || isTimes(source)) return scalar(source, start, end)
    if (source === '{}') return ranged(new YAMLMap(), start, end)
    if (FLOW_LIST.test(source)) return numbers(source, start)
    const recorded = RECORDED.exec(source)
    if (!recorded) throw OTHERWISE
    const map = new YAMLMap()
    const [, at, ms] = recorded
    const msAt = start + source.lastIndexOf(ms!)
    map.items.push(new Pair(scalar('at', start + 1, start + 3), scalar(at!, start + 5, start + 5 + at!.length)))
    map.items.push(new Pair(scalar('ms', msAt - 4, msAt - 2), number(ms!, msAt)))
    return ranged(map, start, end)
  }

  /** Goes to the first character of the next line that is no comment, where that is indented so far. */
  #goesOn(indent: number): boolean {
    const text = this.#text
    for (;;) {
      let at = this.at
      while (text[at] === ' ') at += 1
      if (text[at] === '#') this.at = text.indexOf('\n', at) + 1
      else if (at - this.at !== indent || at === text.length) return false
      else {
        this.at = at
        return true
      }
    }
  }

  #placed<Collection extends YAMLMap | YAMLSeq>(node: Collection, start: number): Collection {
    return ranged(node, start, this.at)
  }
}

/** One time alone is a number. */
function isTimes(source: string): boolean {
  return /[ (]/.test(source) && TIMING_LINE.test(source)
}

const QUOTED = /"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"/y

/** A text in double quotes, in one line: what JSON does not know is not written. */
function unquote(source: string): string {
  try {
    return JSON.parse(source) as string
  } catch {
    throw OTHERWISE
  }
}

function number(source: string, start: number): Scalar {
  if (!JSON_NUMBER.test(source)) throw OTHERWISE
  const node = scalar(Number(source), start, start + source.length)
  node.source = source
  return node
}

/** Numbers on one line: an embedding, or an empty list. */
function numbers(source: string, start: number): YAMLSeq {
  const list = new YAMLSeq()
  let at = 1
  for (const one of source === '[]' ? [] : source.slice(1, -1).split(', ')) {
    list.items.push(number(one, start + at))
    at += one.length + 2
  }
  return ranged(list, start, start + source.length)
}

function scalar(value: string | number | boolean | null, start: number, end: number): Scalar {
  return ranged(new Scalar(value), start, end)
}

function ranged<N extends Node>(node: N, start: number, end: number): N {
  node.range = [start, end, end]
  return node
}
