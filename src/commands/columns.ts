/** Sets rows of texts in columns, as terminals show them: numbers to the right, everything else to the left. Pure. */

/** Whether a column holds numbers. */
export type Alignment = 'left' | 'right'

/** One line for each row, without white space at its end. Cells beyond the alignments are set to the left. */
export function setColumns(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (alignments[column] === 'right' ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd()
  )
}

/** A line as wide as the widest of others. */
export function ruleFor(lines: readonly string[]): string {
  return '-'.repeat(Math.max(0, ...lines.map((line) => line.length)))
}
