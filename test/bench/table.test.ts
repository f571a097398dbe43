/** The tables of the benchmark. */
import { expect, it } from 'vitest'
import { loadBench } from './load.ts'

const { aimsTable, number, rowTable, table } = await loadBench<{
  aimsTable(judged: readonly object[]): string
  number(value: number | undefined): string
  rowTable(row: object, results: object): string
  table(rows: readonly (readonly (string | number)[])[]): string
}>('harness/table.mjs')

it('writes numbers with the digits that count', () => {
  expect([12_345.6, 100.4, 45.25, 1.234, 0.0456, 0, undefined].map(number)).toEqual([
    '12,346',
    '100',
    '45.3',
    '1.23',
    '0.046',
    '0',
    '–'
  ])
})

it('writes Markdown that a cell cannot break', () => {
  expect(
    table([
      ['a', 'b'],
      ['x|y', 1]
    ])
  ).toBe('| a    | b   |\n|------|-----|\n| x\\|y | 1   |')
})

it('shows every system of a row: measured, missing or failed', () => {
  const row = {
    systems: ['bare', 'ours', 'away', 'broken'].map((name) => ({ name })),
    measure: 'bare',
    figures: { rate: { title: 'requests/s' } }
  }
  const text = rowTable(row, {
    bare: { rounds: [{ rate: 200 }] },
    ours: { rounds: [{ rate: 90 }, {}, { rate: 110 }], failed: 'failed: once' },
    away: { rounds: [], missing: 'not at hand: apt-get install away' },
    broken: { rounds: [{}], failed: 'failed: it answered 500' }
  })
  const cells = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  expect(cells.slice(2).map((line) => line.slice(1, 4))).toEqual([
    ['bare', '200', '1'],
    ['ours', '100 (0.50 ×)', '2; failed: once'],
    ['away', 'not at hand: apt-get install away', '0'],
    ['broken', 'failed: it answered 500', '0']
  ])
})

it('says of each aim whether it is met, or why nobody can say', () => {
  const one = { work: 'w', measured: 'm', of: 'ours', value: 1, aim: '≥ 2' }
  const lines = aimsTable([
    { ...one, met: true },
    { ...one, met: false },
    { ...one, met: undefined, why: 'no peer' }
  ]).split('\n')
  expect(lines.slice(2).map((line) => line.split('|').at(-2)!.trim())).toEqual(['yes', '**no**', 'not judged: no peer'])
})
