/** Headers by their names, as most tools keep them: a text each, or a list where one stands more than once. */
import type { HeaderList, HeaderPair } from '../../http/message.ts'
import type { YamlObject } from '../yaml-text.ts'
import { entriesOf, textOf, type SourceNode } from './source-node.ts'

/** Header values by name, each a text or a list. */
export function readHeaderMap(headers: SourceNode | undefined): HeaderList {
  return entriesOf(headers).flatMap(([name, value]): HeaderPair[] => {
    const values = value.kind === 'list' ? value.items : [value]
    return values.map((one) => [name, textOf(one) ?? ''])
  })
}

/** The same for JSON. */
export function headerRecord(headers: HeaderList): Record<string, string | string[]> {
  return Object.fromEntries([...valuesByName(headers)].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]))
}

/** Every header as a list, as both VCRs have it. */
export function headerLists(headers: HeaderList): YamlObject {
  return valuesByName(headers)
}

function valuesByName(headers: HeaderList): Map<string, string[]> {
  const named = new Map<string, string[]>()
  for (const [name, value] of headers) named.set(name, [...(named.get(name) ?? []), value])
  return named
}
