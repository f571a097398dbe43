/** Pieces of text that stand in every document that a request can be equal to: found in its bytes before any YAML is read. */
import { isObject, type Json } from '../../http/json.ts'
import { MARK, type Comparable } from './comparable.ts'

/** Characters that JSON, YAML and a block of text all write as they are. In JSON `/` may be escaped; addresses are none. */
const RUN = /[\w ,.:;@()=+-]{3,}/g
const RUN_OF_PATH = /[\w.:/@+-]{3,}/g

/** Most of them: each long one tells more than many short ones. */
const MOST = 24

/** Longer ones tell no more. */
const LONGEST = 200

/** @param comparable by the rules in force: what they leave out or make equal is marked in it, and is not looked for */
export function needlesOf({ path, body }: Comparable): string[] {
  const runs = new Set(needlesOfPath(path))
  // Of bytes, and of what lies beside a cassette, a document holds no text.
  if (body.form !== 'bytes') for (const text of textsOf(body.value)) for (const run of runsOf(text, RUN)) runs.add(run)
  return [...runs].toSorted((a, b) => b.length - a.length).slice(0, MOST)
}

/** The same for its address alone. */
export function needlesOfPath(path: string): string[] {
  return runsOf(path, RUN_OF_PATH)
}

function* textsOf(value: Json): Iterable<string> {
  if (typeof value === 'string') yield value
  else if (Array.isArray(value)) for (const item of value) yield* textsOf(item as Json)
  else if (isObject(value)) for (const item of Object.values(value)) yield* textsOf(item)
}

/** Between the first mark and the last, nothing is certain. */
function runsOf(text: string, pattern: RegExp): string[] {
  if (text.startsWith(MARK) || text.startsWith('sha256:')) return []
  const certain = text.includes(MARK) ? [text.slice(0, text.indexOf(MARK)), text.slice(text.lastIndexOf(MARK) + 1)] : [text]
  return certain.flatMap((part) => (part.match(pattern) ?? []).map((run) => run.trim().slice(0, LONGEST).trim())).filter(isLong)
}

function isLong(run: string): boolean {
  return run.length >= 3
}
