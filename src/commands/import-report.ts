/** What an import says when it is done: a table of what came in, what could not and why; for people and as JSON. Pure. */
import { ruleFor, setColumns } from './columns.ts'
import { printable } from './command-error.ts'
import type { ImportedFile } from './import-file.ts'

/** One file and what became of it. */
export interface ImportRow extends ImportedFile {
  readonly file: string
  /** The cassette that was made of it, if anything came in. */
  readonly cassette: string
  /** Whether a person named it, and it was not only found in a folder. */
  readonly isNamed: boolean
}

export interface ImportReport {
  readonly text: string
  readonly json: object
  /** Whether everything came in. */
  readonly isWhole: boolean
}

/** The same reason in many places is told once. */
interface Reason {
  readonly line: number
  readonly reason: string
  readonly count: number
}

const HEAD = ['file', 'format', 'in', 'out', 'endpoint', 'model', 'notes']

export function importReport(given: readonly ImportRow[], to: string): ImportReport {
  const rows = given.map((row) => ({ ...row, reasons: reasonsOf(row) }))
  const imported = rows.reduce((sum, { exchanges }) => sum + exchanges.length, 0)
  const leftOut = rows.reduce((sum, row) => sum + row.leftOut.length, 0)
  const broken = rows.filter(({ problem }) => problem !== undefined).length
  const table = setColumns([HEAD, ...rows.map(cells)], ['left', 'left', 'right', 'right'])
  const rule = ruleFor(table)
  const why = rows.flatMap(({ file, reasons }) =>
    reasons.map(
      ({ line, reason, count }) => `  ${printable(file)}:${line}: ${printable(reason)}${count > 1 ? ` (${count} times)` : ''}`
    )
  )
  const cassettes = rows.filter(({ exchanges }) => exchanges.length > 0).length
  const left = [leftOut > 0 ? `${leftOut} left out` : '', broken > 0 ? `${plural(broken, 'file')} not read` : ''].filter(
    (text) => text !== ''
  )
  const sum = [`${plural(imported, 'exchange')} in ${plural(cassettes, 'cassette')} in ${printable(to)}`, ...left].join('; ')
  const text = [
    table[0],
    rule,
    ...table.slice(1),
    rule,
    ...(why.length > 0 ? ['', 'What did not come in:', ...why] : []),
    '',
    `${sum}.`,
    ''
  ]
  return { text: text.join('\n'), json: { imported, leftOut, files: rows.map(jsonOf) }, isWhole: why.length === 0 }
}

function reasonsOf({ leftOut, problem, format, isNamed }: ImportRow): Reason[] {
  if (problem) return [{ line: problem.line, reason: problem.what, count: 1 }]
  if (format === undefined && isNamed)
    return [{ line: 1, reason: 'it is no recording of VCR.py, Ruby VCR, HAR, Azure or nock', count: 1 }]
  const counts = new Map<string, Reason>()
  for (const { line, reason } of leftOut) {
    const known = counts.get(reason)
    counts.set(reason, { line: known?.line ?? line, reason, count: (known?.count ?? 0) + 1 })
  }
  return [...counts.values()]
}

function cells({ file, format, exchanges, leftOut }: ImportRow): string[] {
  const endpoints = [...new Set(exchanges.map(({ call }) => call.endpoint))]
  const models = [...new Set(exchanges.flatMap(({ call }) => call.model ?? []))]
  return [
    shortenStart(printable(file), 60),
    format ?? '-',
    String(exchanges.length),
    String(leftOut.length),
    firstOf(endpoints),
    firstOf(models),
    notesOf(exchanges).join('; ')
  ]
}

function notesOf(exchanges: ImportRow['exchanges']): string[] {
  const hosts = [...new Set(exchanges.flatMap(({ host }) => host ?? []))]
  const counts = new Map<string, number>()
  for (const note of exchanges.flatMap(({ notes }) => notes)) counts.set(note, (counts.get(note) ?? 0) + 1)
  const told = [...counts].map(([note, count]) => (count > 1 ? `${note} (${count} times)` : note))
  return [...(hosts.length > 0 ? [`from ${printable(hosts.join(', '))}`] : []), ...told]
}

function jsonOf({ file, cassette, format, exchanges, reasons }: ImportRow & { readonly reasons: readonly Reason[] }): object {
  return {
    file,
    format: format ?? null,
    cassette: exchanges.length > 0 ? cassette : null,
    exchanges: exchanges.map(({ line, call, host, notes }) => ({
      line,
      provider: call.provider,
      endpoint: call.endpoint,
      model: call.model ?? null,
      ...(host === undefined ? {} : { host }),
      notes
    })),
    leftOut: reasons
  }
}

function firstOf(texts: readonly string[]): string {
  const [first = '', ...more] = texts.map(printable)
  return more.length === 0 ? first : `${first} +${more.length}`
}

/** The end of a path tells more than its beginning. */
function shortenStart(text: string, most: number): string {
  return text.length > most ? `…${text.slice(1 - most)}` : text
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
