/** The sums behind the figures of the benchmark. */
import { expect, it } from 'vitest'
import { loadBench } from './load.ts'

type Numbers = readonly (number | undefined)[]
interface Statistics {
  median(numbers: readonly number[]): number | undefined
  percentile(numbers: readonly number[], share: number): number | undefined
  ratio(value: number | undefined, other: number | undefined): number | undefined
  ratioOfRounds(values: Numbers, others: Numbers): number | undefined
}
const { median, percentile, ratio, ratioOfRounds } = await loadBench<Statistics>('harness/statistics.mjs')

it('takes the middle, of numbers and not of their texts', () => {
  expect(median([100, 9, 20])).toBe(20)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([])).toBeUndefined()
})

it('takes a percentile that was measured', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  expect(percentile(hundred, 0.99)).toBe(99)
  expect(percentile(hundred, 0.5)).toBe(50)
  expect(percentile([7], 0.99)).toBe(7)
  expect(percentile([], 0.5)).toBeUndefined()
})

it('gives no ratio where it would say nothing', () => {
  expect(ratio(3, 2)).toBe(1.5)
  expect(ratio(3, 0)).toBeUndefined()
  expect(ratio(3, -1)).toBeUndefined()
  expect(ratio(undefined, 2)).toBeUndefined()
})

it('compares round with round, so that a slow hour cancels out', () => {
  // The machine became ten times slower after the first round; each system half as fast as the other throughout.
  expect(ratioOfRounds([50, 5, 5], [100, 10, 10])).toBe(0.5)
  expect(ratioOfRounds([50, undefined, 5], [100, 10, undefined])).toBe(0.5)
  expect(ratioOfRounds([undefined], [1])).toBeUndefined()
})
