/** The match keys of a request by rules. */
import type { RecordedRequest } from '../interaction.ts'
import { comparableKey, type MatchKeys } from '../key.ts'
import { toComparable } from './comparable.ts'
import { renameIds } from './ids.ts'
import type { MatchRules } from './rules.ts'

export function ruledKeys(request: RecordedRequest, rules: MatchRules): MatchKeys {
  const reduced = rules.apply(toComparable(request, rules.headers))
  const exact = comparableKey(reduced)
  const renamed = rules.ids === 'exact' ? undefined : renameIds(reduced)
  return { exact, shape: !renamed || renamed.ids.length === 0 ? exact : comparableKey(renamed.comparable) }
}
