/** Reads YAML as a cassette means it: the core schema of YAML 1.2, on every machine. */
import { isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml'
import { quietly } from './quietly.ts'
import { readWritten } from './written-yaml.ts'

/** Errors are in `errors`. Repeated keys are left to {@link findRepeatedKey}: the parser compares each key with every other. */
export function parseYaml(text: string): Document {
  return quietly(() => parseDocument(text, { schema: 'core', version: '1.2', prettyErrors: false, uniqueKeys: false }))
}

/** The same for what was most likely written here, and not edited since: in a tenth of the time, where it was. */
export function parseWritten(text: string): Document {
  return readWritten(text) ?? parseYaml(text)
}

/** Where a key stands for the second time in one map, as an offset, or `undefined`. */
export function findRepeatedKey(node: unknown): number | undefined {
  if (isSeq(node)) return firstOf(node.items, findRepeatedKey)
  if (!isMap(node)) return undefined
  const seen = new Set<unknown>()
  return firstOf(node.items, ({ key, value }) => {
    const name = isScalar(key) ? key.value : key
    if (seen.has(name)) return isScalar(key) ? (key.range?.[0] ?? 0) : 0
    seen.add(name)
    return findRepeatedKey(value)
  })
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => number | undefined): number | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
