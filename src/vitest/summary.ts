/** The summary at the end of a run: what was replayed, recorded, blocked and missed, what was saved, and what was left unused. Pure. */
import { groupBy } from '../group-by.ts'
import { isAbsolute, relative } from 'node:path'
import type { Terminal } from '../commands/command-error.ts'
import { drawTable, painter, plural, showUsd, type Column } from '../commands/terminal.ts'
import type { SessionCounts, SessionSummary } from '../sessions/session.ts'
import { fileOfTitle } from './task.ts'
import type { Unused } from './unused.ts'

/** What is done about cassettes and recordings that no test of a whole run has used. */
export type UnusedPolicy = 'report' | 'fail' | 'prune'

export interface SummaryFacts {
  readonly sessions: readonly SessionSummary[]
  /** `undefined` where only a part of the tests ran. */
  readonly unused: Unused | undefined
  readonly policy: UnusedPolicy
  readonly root: string
  readonly terminal: Terminal | undefined
}

/** What the tests of one file did. */
interface Row {
  readonly file: string
  readonly counts: Readonly<SessionCounts>
  readonly usd: number
  readonly savedUsd: number
  readonly complete: boolean
}

const MOST_ROWS = 30
const MOST_LISTED = 20

const count = (way: keyof SessionCounts): Column<Row> => ({
  title: way,
  align: 'right',
  cell: ({ counts }) => (counts[way] === 0 ? '' : String(counts[way]))
})

const money = (title: string, key: 'usd' | 'savedUsd'): Column<Row> => ({
  title,
  align: 'right',
  cell: (row) => (row[key] === 0 ? '' : showUsd({ microUsd: row[key] * 1_000_000, complete: row.complete }))
})

const COLUMNS: readonly Column<Row>[] = [
  { title: 'openai-proxy', cell: ({ file }) => file },
  ...(['replayed', 'recorded', 'live', 'blocked', 'missed', 'failed'] as const).map(count),
  money('cost', 'usd'),
  money('saved', 'savedUsd')
]

/** Nothing where no test has used the proxy and nothing is unused. */
export function summaryLines({ sessions, unused, policy, root, terminal }: SummaryFacts): string[] {
  const show = (path: string): string => (isAbsolute(path) ? relative(root, path) : path)
  const recordings = unused?.recordings.map(({ place, endpoint, model }) =>
    [show(place), endpoint, model ?? ''].join('  ').trimEnd()
  )
  const isPruned = policy === 'prune'
  const lists = [
    listed(failedOf(sessions).map(show), 'recording', 'by a test that failed, not kept'),
    listed(unused?.cassettes.map(show) ?? [], 'cassette', `that no test has${isPruned ? ', removed' : ''}`),
    listed(recordings ?? [], 'recording', `that no test asks for${isPruned ? ', removed' : ''}`)
  ]
  const advice = hasUnused(unused) && !isPruned ? [adviceFor(policy)] : []
  const table = sessions.length === 0 ? [] : drawTable(rowsOf(sessions), COLUMNS, terminal)
  const lines = [...table, ...lists.flatMap((list) => list.map((line, index) => paintHead(line, index, terminal))), ...advice]
  return lines.length === 0 ? [] : ['', ...lines.map((line) => ` ${line}`), '']
}

export function hasUnused(unused: Unused | undefined): unused is Unused {
  return unused !== undefined && unused.cassettes.length + unused.recordings.length > 0
}

function adviceFor(policy: UnusedPolicy): string {
  const removing = 'OPENAI_PROXY_UNUSED=prune (or vitest --update) removes them'
  return policy === 'fail' ? `The run fails for it: ${removing}.` : `${removing}; OPENAI_PROXY_UNUSED=fail lets the run fail.`
}

/** A later try of the same test that passed has taken them away. */
function failedOf(sessions: readonly SessionSummary[]): string[] {
  return [...groupBy(sessions, ({ cassette }) => cassette).values()].flatMap((tries) => tries.at(-1)!.failedCassette ?? [])
}

/** One row for each file, the busiest first where they are many, and their sum. */
function rowsOf(sessions: readonly SessionSummary[]): Row[] {
  const rows = [...groupBy(sessions, ({ title }) => fileOfTitle(title))].map(([file, own]) => sumUp(file, own))
  if (rows.length === 1) return rows
  const shown = rows.length > MOST_ROWS ? rows.toSorted((a, b) => callsOf(b) - callsOf(a)).slice(0, MOST_ROWS) : rows
  return [...shown, sumUp(shown.length < rows.length ? `${plural(rows.length, 'file')} in all` : 'in all', sessions)]
}

function sumUp(file: string, sessions: readonly SessionSummary[]): Row {
  const counts = { replayed: 0, recorded: 0, live: 0, blocked: 0, missed: 0, failed: 0 }
  for (const session of sessions)
    for (const way of Object.keys(counts) as (keyof SessionCounts)[]) counts[way] += session.counts[way]
  return {
    file,
    counts,
    usd: sessions.reduce((sum, { cost }) => sum + cost.usd, 0),
    savedUsd: sessions.reduce((sum, { cost }) => sum + cost.savedUsd, 0),
    complete: sessions.every(({ cost }) => cost.complete)
  }
}

function callsOf({ counts }: Row): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0)
}

function listed(entries: readonly string[], word: string, what: string): string[] {
  if (entries.length === 0) return []
  const more = entries.length - MOST_LISTED
  return [
    `${plural(entries.length, word)} ${what}:`,
    ...entries.slice(0, MOST_LISTED).map((entry) => `  ${entry}`),
    ...(more > 0 ? [`  … and ${more} more`] : [])
  ]
}

function paintHead(line: string, index: number, terminal: Terminal | undefined): string {
  return index === 0 ? painter(terminal)('yellow', line) : line
}
