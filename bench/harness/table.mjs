/** Writes figures as tables of Markdown, padded so that they read well in a terminal too. */
import { whyNot } from './aims.mjs'
import { median, ratio } from './statistics.mjs'

/** Three digits that count; thousands with a comma. */
export function number(value) {
  if (value === undefined || Number.isNaN(value)) return '–'
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Rows of cells, the first one the heads. */
export function table([heads, ...rows]) {
  const cells = [heads, ...rows].map((row) => row.map((cell) => String(cell).replaceAll('|', '\\|')))
  const widths = heads.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  return [line(cells[0]), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...cells.slice(1).map(line)].join('\n')
}

const verdict = ({ met, why }) => (met === undefined ? `not judged: ${why}` : met ? 'yes' : '**no**')

/** Every aim on a line. */
export function aimsTable(judged) {
  const times = ({ ratio: value }) => (value === undefined ? '' : `${value.toFixed(2)} ×`)
  return table([
    ['work', 'measured', 'system', 'value', 'beside', 'its value', 'ratio', 'aim', 'met'],
    ...judged.map((one) => [
      one.work,
      one.measured,
      one.of,
      number(one.value),
      one.against ?? '',
      one.against ? number(one.other) : '',
      times(one),
      one.aim,
      verdict(one)
    ])
  ])
}

/** Every system of a row, each figure with its ratio to that of the system the row names as its measure. */
export function rowTable(row, results) {
  const names = Object.keys(row.figures)
  const middle = (system, figure) =>
    median((results[system]?.rounds ?? []).map((round) => round[figure]).filter((value) => value !== undefined))
  const cell = (system, figure) => {
    const value = middle(system, figure)
    const times = system === row.measure ? undefined : ratio(value, middle(row.measure, figure))
    return value === undefined ? '' : times === undefined ? number(value) : `${number(value)} (${times.toFixed(2)} ×)`
  }
  return table([
    ['system', ...names.map((figure) => row.figures[figure].title), 'rounds'],
    ...row.systems.map(({ name }) => {
      const result = results[name]
      const count = (result?.rounds ?? []).filter((round) => Object.keys(round).length > 0).length
      if (count === 0) return [name, whyNot(result), ...names.slice(1).map(() => ''), 0]
      return [name, ...names.map((figure) => cell(name, figure)), result.failed ? `${count}; ${result.failed}` : count]
    })
  ])
}
