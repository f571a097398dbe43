/** The summary of a run, and the messages of its matchers. */
import { describe, expect, it } from 'vitest'
import { summaryLines, type SummaryFacts } from '../../src/vitest/summary.ts'
import { summaryOf } from './a-task.ts'

const lines = (more: Partial<SummaryFacts>): string =>
  summaryLines({ sessions: [], unused: undefined, policy: 'report', root: '/r', terminal: undefined, ...more }).join('\n')
const counts = { replayed: 0, recorded: 0, live: 0, blocked: 0, missed: 0, failed: 0 }

describe('the summary', () => {
  it('says nothing where nothing happened', () => expect(lines({})).toBe(''))

  it('has a row for each file, their sum, and only columns that say something', () => {
    const other = summaryOf({
      title: 'test/b.test.ts > b',
      counts: { ...counts, recorded: 2, blocked: 1, missed: 3 },
      cost: { usd: 0.5, savedUsd: 0, complete: false }
    })
    expect(lines({ sessions: [summaryOf(), summaryOf({ title: 'test/a.test.ts > z' }), other] })).toBe(`
 openai-proxy    replayed  recorded  blocked  missed      cost     saved
 -----------------------------------------------------------------------
 test/a.test.ts         2                                        $0.0400
 test/b.test.ts                   2        1       3  ≥$0.5000
 in all                 2         2        1       3  ≥$0.5000  ≥$0.0400
`)
  })

  it('shows the busiest of very many files', () => {
    const sessions = Array.from({ length: 100 }, (_, index) =>
      summaryOf({ title: `test/${index}.test.ts > a`, counts: { ...counts, replayed: index } })
    )
    const shown = lines({ sessions })
    expect(shown).toContain('test/99.test.ts')
    expect(shown).not.toContain('test/10.test.ts')
    expect(shown).toMatch(/100 files in all +4950/)
  })

  it('names what is unused and what to do; what was recorded by a failed test, unless a later try passed', () => {
    const unused = {
      cassettes: ['/r/recordings/a.yaml'],
      recordings: [{ place: '/r/recordings/b.yaml:5', endpoint: 'POST /v1/x', model: 'gpt-4o', uses: 0 }]
    }
    const told = lines({ unused })
    expect(told).toContain(' 1 cassette that no test has:\n   recordings/a.yaml')
    expect(told).toContain(' 1 recording that no test asks for:\n   recordings/b.yaml:5  POST /v1/x  gpt-4o')
    expect(told).toContain('=prune')
    expect(lines({ unused, policy: 'fail' })).toContain('The run fails for it')
    expect(lines({ unused, policy: 'prune' })).toMatch(
      /1 cassette that no test has, removed:[^]*1 recording that no test asks for, removed:/
    )
    const failed = summaryOf({ outcome: 'failed', failedCassette: '/r/recordings/c.failed.yaml' })
    expect(lines({ sessions: [failed] })).toContain('1 recording by a test that failed, not kept:\n   recordings/c.failed.yaml')
    expect(lines({ sessions: [failed, summaryOf()] })).not.toContain('failed.yaml')
  })

  it('has an end, and colours where they are seen', () => {
    const cassettes = Array.from({ length: 50 }, (_, index) => `/r/recordings/${index}.yaml`)
    const told = lines({ unused: { cassettes, recordings: [] }, terminal: { columns: 80, color: true } })
    expect(told).toContain('… and 30 more')
    expect(told).toContain('\u001b[33m')
  })
})
