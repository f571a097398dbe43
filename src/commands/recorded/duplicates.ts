/** Finds interactions that say again what was recorded before, and without which every replay answers the same. Pure. */
import { createHash } from 'node:crypto'
import { matchKeys } from '../../cassettes/key.ts'
import { ruledKeys } from '../../cassettes/matching/ruled-keys.ts'
import type { MatchRules } from '../../cassettes/matching/rules.ts'
import { getHeader } from '../../http/headers.ts'
import type { KeptInteraction } from '../cassette-files.ts'

/**
 * Equal requests are answered in order, then by the last one again and again: only at the end of their row can one be spared. In
 * "waiting, waiting, done" every answer counts. Where rows end in an error or begin again, or a function decides, all count; and so do
 * those that only a rule makes equal, since each answers its own request first.
 * @param rules those by which the cassette is played
 */
export function findDuplicates(interactions: readonly KeptInteraction[], rules: MatchRules): KeptInteraction[] {
  if (rules.repeat !== 'last' || rules.fits) return []
  const rows = new Map<string, KeptInteraction[]>()
  for (const one of interactions) {
    const key = ruledKeys(one.interaction.request, rules).shape
    rows.set(key, [...(rows.get(key) ?? []), one])
  }
  const sameWithout = (row: readonly KeptInteraction[]): boolean =>
    rules.isPlain || new Set(row.map(({ interaction }) => matchKeys(interaction.request).exact)).size === 1
  return [...rows.values()].filter(sameWithout).flatMap((row) => {
    const answers = row.map(answerOf)
    const lastOther = answers.findLastIndex((answer) => answer !== answers.at(-1))
    return row.slice(lastOther + 2)
  })
}

/** Ids and times of the answer's headers differ each time, and count nothing. */
function answerOf({ interaction: { response } }: KeptInteraction): string {
  const { status, headers, body } = response
  return createHash('sha256')
    .update(`${status} ${getHeader(headers, 'content-type') ?? ''}\n`)
    .update(body)
    .digest('hex')
}
