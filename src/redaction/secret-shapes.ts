/** Finds secrets by their shape: keys, tokens and signatures, known by their first characters or by what stands before them. */
import type { Finding, Redactor } from './redactor.ts'
import { SHAPES } from './secret-shapes.data.ts'

/** One look at a text that holds no secret, as nearly all do. */
const ANY_HINT = new RegExp([...new Set(SHAPES.flatMap(({ hints }) => hints))].map(escape).join('|'))

/** Every shape of the table. */
export const secretShapes: Redactor = {
  name: 'secret-shapes',
  *find(text): Iterable<Finding> {
    if (!ANY_HINT.test(text)) return
    for (const { kind, hints, pattern, accepts } of SHAPES) {
      if (!hints.some((hint) => text.includes(hint))) continue
      for (const { 0: match, index } of text.matchAll(pattern)) {
        if (!accepts || accepts(match)) yield { kind, start: index, end: index + match.length }
      }
    }
  }
}

/** The kind of a value that is a secret as a whole, or `undefined`. */
export function kindOfSecret(value: string): string | undefined {
  for (const { kind, start, end } of secretShapes.find(value)) if (start === 0 && end === value.length) return kind
  return undefined
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
