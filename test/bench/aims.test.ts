/** What the benchmark says of its aims. */
import { expect, it } from 'vitest'
import { loadBench } from './load.ts'

interface Judged {
  readonly met: boolean | undefined
  readonly why?: string
  readonly ratio?: number
  readonly against?: string
  readonly aim: string
}
type Results = Record<string, { rounds: Record<string, number>[]; missing?: string; failed?: string }>
const { FASTEST_PEER, judge } = await loadBench<{
  FASTEST_PEER: string
  judge(aim: object, row: object, results: Results): Judged
}>('harness/aims.mjs')

const row = {
  work: 'replay',
  systems: [
    { name: 'bare', kind: 'limit' },
    { name: 'ours', kind: 'ours' },
    { name: 'slow', kind: 'peer' },
    { name: 'fast', kind: 'peer' },
    { name: 'away', kind: 'peer' }
  ],
  figures: { rate: { title: 'requests/s', better: 'more' }, ms: { title: 'ms', better: 'less', unit: ' ms' } }
}
const rates = (...values: number[]): { rounds: { rate: number; ms: number }[] } => ({
  rounds: values.map((rate) => ({ rate, ms: 1000 / rate }))
})
const results: Results = {
  bare: rates(100, 100, 100),
  ours: rates(75, 80, 70),
  slow: rates(20, 20, 20),
  fast: rates(60, 60, 60),
  away: { rounds: [], missing: 'not at hand: apt-get install away' }
}

it('judges a ratio from both sides', () => {
  expect(judge({ figure: 'rate', of: 'ours', against: 'bare', atLeast: 0.7 }, row, results)).toMatchObject({
    met: true,
    ratio: 0.75
  })
  expect(judge({ figure: 'rate', of: 'ours', against: 'bare', atLeast: 0.8 }, row, results)).toMatchObject({ met: false })
  expect(judge({ figure: 'ms', of: 'ours', against: 'bare', atMost: 1.4 }, row, results)).toMatchObject({ met: true })
  expect(judge({ figure: 'ms', of: 'ours', against: 'bare', atMost: 1.3 }, row, results)).toMatchObject({
    met: false,
    aim: '≤ 1.3 ×'
  })
})

it('judges a figure by itself, its bound included', () => {
  expect(judge({ figure: 'rate', of: 'ours', atLeast: 75 }, row, results)).toMatchObject({ met: true })
  expect(judge({ figure: 'ms', of: 'ours', atMost: 13 }, row, results)).toMatchObject({ met: false, aim: '≤ 13 ms' })
})

it('finds the fastest peer: the most where more is better, the least where less is, and never the limit', () => {
  expect(judge({ figure: 'rate', of: 'ours', against: FASTEST_PEER, atLeast: 1.2 }, row, results)).toMatchObject({
    against: 'fast',
    met: true
  })
  expect(judge({ figure: 'ms', of: 'ours', against: FASTEST_PEER, atMost: 1 }, row, results)).toMatchObject({
    against: 'fast',
    met: true
  })
})

it('never calls met what nobody measured', () => {
  const missing = judge({ figure: 'rate', of: 'ours', against: 'away', atLeast: 0 }, row, results)
  expect(missing).toMatchObject({ met: undefined })
  expect(missing.why).toContain('apt-get install away')
  const failed = { ...results, ours: { rounds: [{}], failed: 'failed: it answered 500' } } as Results
  expect(judge({ figure: 'rate', of: 'ours', atLeast: 0 }, row, failed)).toMatchObject({
    met: undefined,
    why: 'ours: failed: it answered 500'
  })
  expect(
    judge({ figure: 'rate', of: 'ours', against: FASTEST_PEER, atLeast: 1 }, row, { ours: results['ours']! }).met
  ).toBeUndefined()
  expect(judge({ figure: 'rate', of: 'ours', atLeast: 0, unless: 'two cores' }, row, results)).toMatchObject({
    met: undefined,
    why: 'two cores'
  })
})
