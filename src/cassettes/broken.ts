/** Parses a document, and says of a broken one what is wrong, in which field, and in which line of the file. */
import { isMap, isNode, isScalar, isSeq, type Document } from 'yaml'
import type * as z from 'zod'
import { formatPath, type JsonPath } from '../http/json.ts'
import { CassetteError } from './interaction.ts'
import { findRepeatedKey, parseWritten } from './parse-yaml.ts'

/** Where a document stands, for messages. */
export interface Place {
  /** As messages name the cassette. */
  readonly name: string
  /** The document's first line, from 1. */
  readonly line: number
  /** Whether it is the first document, which no recording can replace. */
  readonly isHeader?: true
}

/** What is wrong, and where in the document. */
export interface Problem {
  readonly path: JsonPath
  readonly what: string
}

/**
 * Parses a document that must be a map.
 * @param otherwise what is wrong where it is none
 * @throws CassetteError
 */
export function parseMap(text: string, place: Place, otherwise: string): Document {
  const document = parseWritten(text)
  const [error] = document.errors
  if (!error) {
    if (!isMap(document.contents)) throw broken(place, otherwise)
    const repeated = findRepeatedKey(document.contents)
    if (repeated === undefined) return document
    throw broken({ ...place, line: place.line + lineEnds(text, repeated) }, 'this field stands twice')
  }
  const isConflict = /^(?:<{7}|={7}|>{7})/m.test(text)
  const hint = isConflict ? ' (it holds the marks of a merge conflict)' : ''
  throw broken({ ...place, line: place.line + lineEnds(text, error.pos[0]) }, error.message + hint)
}

/** The error for a document that is YAML, but not what it should be. */
export function fieldBroken(
  { text, place, document }: { readonly text: string; readonly place: Place; readonly document: Document },
  { path, what }: Problem
): CassetteError {
  const line = place.line + lineEnds(text, startOf(document, path))
  return broken({ ...place, line }, `${formatPath(path).slice(0, 200)}: ${what}`)
}

function broken({ name, line, isHeader }: Place, what: string): CassetteError {
  const hint = isHeader
    ? 'Mend it by hand.'
    : 'Mend it by hand, or delete the document (from its "---" to the next) and record it again.'
  return new CassetteError(
    'cassette_broken',
    `The cassette ${name} cannot be read at line ${line}: ${what.replace(/\.$/, '')}. ${hint}`
  )
}

/** Where a field begins, or the nearest field around it that is there. */
function startOf(document: Document, path: JsonPath): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const holder = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true)
    const name = path[depth - 1]!
    const found = isMap(holder)
      ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(name))?.key
      : isSeq(holder)
        ? holder.items[Number(name)]
        : undefined
    if (isNode(found) && found.range) return found.range[0]
  }
  return 0
}

function lineEnds(text: string, end: number): number {
  return text.slice(0, end).split('\n').length - 1
}

/** The first problem of a document. */
export function firstProblem(error: z.ZodError): Problem {
  const [issue] = error.issues
  return issue ? describe(issue, []) : { path: [], what: 'it does not fit the format' }
}

function describe(issue: z.core.$ZodIssue, above: JsonPath): Problem {
  const path = [...above, ...(issue.path as (string | number)[])]
  if (issue.code === 'unrecognized_keys') return { path: [...path, issue.keys[0]!], what: 'the format has no such field' }
  if (issue.code === 'invalid_union') {
    // The one form that fits but for one thing is the one that was meant.
    const closest = issue.errors.filter((branch) => branch.length === 1)
    if (closest.length === 1) return describe(closest[0]![0]!, path)
  }
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  return { path, what: isMissing ? 'it is missing' : issue.message }
}
