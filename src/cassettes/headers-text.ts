/** Headers as a cassette holds them: one line each, a list where one stands more than once. */
import { isMap, isScalar, isSeq } from 'yaml'
import type { HeaderList, HeaderPair } from '../http/message.ts'
import type { YamlObject } from './yaml-text.ts'

export function writeHeaders(headers: HeaderList): YamlObject {
  const map = new Map<string, string | string[]>()
  for (const [name, value] of headers) {
    const before = map.get(name)
    map.set(name, before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value])
  }
  return map
}

/** Reads the node: a JavaScript object would put a header called `1` first and lose one called `__proto__`. */
export function readHeaders(node: unknown): HeaderList {
  if (!isMap(node)) return []
  return node.items.flatMap(({ key, value }): HeaderPair[] => {
    const values = isSeq(value) ? value.items : [value]
    return values.map((one) => [textOf(key), textOf(one)])
  })
}

function textOf(node: unknown): string {
  return String(isScalar(node) ? node.value : node)
}
