/** Writes how a run went as Markdown, for the summary page of a CI job. */
import { groupBy } from '../group-by.ts'
import { printable } from './command-error.ts'
import type { RunCall, RunFacts, UnusedFile } from './run-facts.ts'
import { callName } from './run-report.ts'

/** Most rows of a table: a page that is too long is not shown at all. */
const MOST_ROWS = 100

const WAYS = ['replayed', 'recorded', 'live', 'blocked', 'missed', 'failed'] as const

type Row = readonly string[]

export function runSummary(facts: RunFacts): string {
  const { counts, calls, unused } = facts
  const left = unused.reduce((sum, { recordings }) => sum + recordings.length, 0)
  const misses = calls.filter(({ way }) => way === 'missed')
  const verdict = counts.missed > 0 ? `❌ ${counts.missed} missed` : '✅ nothing missed'
  return [
    `### openai-proxy: ${verdict}, ${left} unused, ${calls.length} calls\n`,
    ...table(['cassette', ...WAYS, 'saved'], cassetteRows(facts)),
    ...(misses.length === 0 ? [] : ['#### No recording fits\n']),
    ...table(['test', 'call', 'nearest recording', 'what differs'], bounded(misses.map(missRow))),
    ...(left === 0 ? [] : ['#### Recordings that answered nothing\n']),
    ...table(['cassette', 'recordings'], bounded(unused.map(unusedRow)))
  ].join('\n')
}

/** A row for each cassette, and one for all. */
function cassetteRows({ calls, counts, savedUsd }: RunFacts): Row[] {
  const groups = [...groupBy(calls, ({ entry }) => entry.cassette ?? '–')].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const rows = groups.map(([name, of]): Row => {
    const saved = of.reduce((sum, { entry }) => sum + (entry.source === 'tape' ? (entry.cost?.usd ?? 0) : 0), 0)
    return [
      name === '–' ? name : code(name),
      ...WAYS.map((one) => String(of.filter(({ way }) => way === one).length)),
      usd(saved)
    ]
  })
  const total = ['**all**', ...WAYS.map((way) => `**${counts[way]}**`), `**${usd(savedUsd)}**`]
  return [...bounded(rows), total]
}

function missRow({ entry, test }: RunCall): Row {
  const lines = (entry.error?.message ?? '').split('\n')
  const differs = lines.filter((line) => line.startsWith('  ')).map((line) => code(line.trim()))
  const place = test ? code(test.line === undefined ? test.file : `${test.file}:${test.line}`) : '–'
  const nearest = entry.error?.nearest
  return [
    test ? `${place} ${plain(test.name)}` : place,
    code(callName(entry)),
    nearest === undefined ? '–' : code(nearest),
    differs.length === 0 ? plain(lines[1] ?? lines[0]!) : differs.join('<br>')
  ]
}

/** The lines of the recordings, unless it is all of them. */
function unusedRow({ file, isWhole, recordings }: UnusedFile): Row {
  const lines = recordings.map(({ place }) => code(place.slice(place.lastIndexOf(':') + 1)))
  return [code(file), isWhole ? `all ${recordings.length}` : `in line ${bounded(lines.map((line) => [line])).join(', ')}`]
}

function table(head: Row, rows: readonly Row[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(line), '']
}

function bounded(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MOST_ROWS) return rows
  return [...rows.slice(0, MOST_ROWS), [`… and ${rows.length - MOST_ROWS} more`]]
}

/** What a file or a client has said, as a text without any meaning of its own. */
function plain(text: string): string {
  return printable(text).replaceAll(/[\\`*_{}[\]<>()#+!|~&$@]/g, (char) => `&#${char.codePointAt(0)};`)
}

function code(text: string): string {
  return `<code>${plain(text)}</code>`
}

function usd(amount: number): string {
  return amount > 0 ? `$${amount.toFixed(4)}` : '–'
}
