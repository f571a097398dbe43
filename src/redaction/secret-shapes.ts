/** Finds secrets by their shape: keys, tokens and signatures, known by their first characters or by what stands before them. */
import { createBeginnings } from './beginnings.ts'
import type { Finding, Redactor } from './redactor.ts'
import { SHAPES, type Shape } from './secret-shapes.data.ts'

const hints = createBeginnings<Shape>()
for (const shape of SHAPES) for (const hint of shape.hints) hints.add(hint, shape)

/** Every shape of the table. Nearly all texts hold no hint of any. */
export const secretShapes: Redactor = {
  name: 'secret-shapes',
  find(text): Iterable<Finding> {
    const hinted = new Set<Shape>()
    hints.find(text, (shape) => hinted.add(shape))
    return hinted.size === 0 ? NOTHING : findHinted(text, hinted)
  }
}

const NOTHING: readonly Finding[] = []

function* findHinted(text: string, hinted: ReadonlySet<Shape>): Generator<Finding> {
  for (const shape of SHAPES) {
    if (!hinted.has(shape)) continue
    const { kind, pattern, accepts } = shape
    for (const { 0: match, index } of text.matchAll(pattern)) {
      if (!accepts || accepts(match)) yield { kind, start: index, end: index + match.length }
    }
  }
}

/** The kind of a value that is a secret as a whole, or `undefined`. */
export function kindOfSecret(value: string): string | undefined {
  for (const { kind, start, end } of secretShapes.find(value)) if (start === 0 && end === value.length) return kind
  return undefined
}
