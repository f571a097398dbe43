/** How amounts, times and tables look on a terminal, wide or narrow. Pure. */
import { styleText } from 'node:util'
import { ruleFor, setColumns, type Alignment } from './columns.ts'
import type { Terminal } from './command-error.ts'

type Style = Parameters<typeof styleText>[0]

/** Puts a style around a text, where colours are seen. */
export type Paint = (style: Style, text: string) => string

export function painter(terminal: Terminal | undefined): Paint {
  return terminal?.color ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text
}

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly align?: Alignment
  /** On a narrow terminal, the columns of the greatest number go first. @default 0: it stays */
  readonly sheds?: number
  readonly cell: (row: Row) => string
}

/**
 * A head, a rule, and one line for each row. On a terminal that is too narrow columns are left out, then the first one loses the
 * beginnings of its texts: of a path the end tells more.
 */
export function drawTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], terminal: Terminal | undefined): string[] {
  const width = terminal?.columns ?? Number.POSITIVE_INFINITY
  let kept = columns.filter((column) => rows.length === 0 || rows.some((row) => column.cell(row) !== ''))
  let lines = draw(rows, kept)
  for (const column of columns.toSorted((a, b) => (b.sheds ?? 0) - (a.sheds ?? 0))) {
    if (!column.sheds || widest(lines) <= width) break
    kept = kept.filter((one) => one !== column)
    lines = draw(rows, kept)
  }
  const over = widest(lines) - width
  if (over > 0) {
    const [first, ...rest] = kept
    const longest = Math.max(first!.title.length, ...rows.map((row) => first!.cell(row).length))
    const most = Math.max(8, longest - over)
    lines = draw(rows, [{ ...first!, cell: (row) => shortenStart(first!.cell(row), most) }, ...rest])
  }
  const [head = '', ...body] = lines
  return [painter(terminal)('bold', head), painter(terminal)('dim', ruleFor(lines)), ...body]
}

function draw<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)))
  return setColumns(
    [columns.map(({ title }) => title), ...cells],
    columns.map(({ align = 'left' }) => align)
  )
}

function widest(lines: readonly string[]): number {
  return Math.max(0, ...lines.map(({ length }) => length))
}

function shortenStart(text: string, most: number): string {
  return text.length > most ? `…${text.slice(1 - most)}` : text
}

/** Lines that are no longer than a terminal's, broken between words, each behind an indent. What terminals obey is taken out. */
export function indentText(text: string, indent: string, terminal?: Terminal): string[] {
  const width = Math.max(20, (terminal?.columns ?? Number.POSITIVE_INFINITY) - indent.length)
  return visible(text)
    .split('\n')
    .flatMap((line) => wrap(line, width))
    .map((line) => `${indent}${line}`.trimEnd())
}

function wrap(line: string, width: number): string[] {
  const lines: string[] = []
  let rest = line
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    // A word that is too long is left whole: it may be an address that is to be copied.
    const cut = space > 0 ? space : rest.indexOf(' ', width)
    if (cut === -1) break
    lines.push(rest.slice(0, cut))
    rest = rest.slice(cut + 1)
  }
  return [...lines, rest]
}

/** Of a text from a file: its lines stay, control characters are written out. */
function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', '    ')
    .replaceAll(
      /[^\P{Cc}\n]|[\u200b\u202a-\u202e\u2066-\u2069]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    )
}

/** `$0.0123`; `-` where nobody knows; `≥` before a sum of which a part has no known price. */
export function showUsd(cost: { readonly microUsd: number; readonly complete: boolean } | undefined): string {
  if (cost === undefined) return '-'
  const usd = cost.microUsd / 1_000_000
  return `${cost.complete ? '' : '≥'}$${usd !== 0 && usd < 0.01 ? usd.toFixed(6) : usd.toFixed(4)}`
}

const AGES = [
  ['y', 365 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000]
] as const

/** `3d`, `2h`; `-` of what is no time. */
export function showAge(ms: number): string {
  if (Number.isNaN(ms)) return '-'
  const [unit, size] = AGES.find(([, least]) => ms >= least * (least > 86_400_000 ? 2 : 1)) ?? []
  return size === undefined ? 'now' : `${Math.floor(ms / size)}${unit}`
}

/** `12 B`, `3.4 KB`, `1.2 MB`. */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** `1,536`. */
export function showCount(count: number): string {
  return count.toLocaleString('en-US')
}

export function plural(count: number, word: string): string {
  return `${showCount(count)} ${word}${count === 1 ? '' : 's'}`
}
