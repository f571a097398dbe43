/** What a whole run has left unused, and that nothing else is taken for it. */
import { describe, expect, it } from 'vitest'
import type { InteractionUse } from '../../src/cassettes/interaction.ts'
import { cassetteName } from '../../src/vitest/cassette-name.ts'
import { testsIn } from '../../src/vitest/task.ts'
import { findUnused, type UnusedFacts } from '../../src/vitest/unused.ts'
import { fileOf, summaryOf } from './a-task.ts'

const at = (name: string): string => `/r/recordings/${name}.yaml`
const use = (line: number): InteractionUse => ({
  place: `${at('test/a.test/a')}:${line}`,
  endpoint: 'POST /v1/x',
  model: undefined,
  uses: 0
})

const FILE = fileOf('/r/test/a.test.ts', ['a', '-skipped', ['suite', ['b']]])

const unused = (more: Partial<UnusedFacts>): ReturnType<typeof findUnused> =>
  findUnused({
    sessions: [],
    folder: '/r/recordings',
    cassettes: [],
    root: '/r',
    files: [FILE],
    projects: [''],
    isGone: () => false,
    ...more
  })

describe('a cassette', () => {
  it('is unused where its file has no such test, run or skipped', () => {
    const kept = testsIn(FILE).map((test) => at(cassetteName(test, '/r')))
    const gone = ['test/a.test/gone', 'test/a.test/suite/c', 'test/a.test/gone/d'].map(at)
    expect(kept).toHaveLength(3)
    expect(unused({ cassettes: [...kept, ...gone] }).cassettes).toEqual(gone)
  })

  it('is unused where its test file is gone, in whichever project; one that a person keeps is not', () => {
    const isGone = (path: string): boolean => path === 'test/old.test.ts'
    const cassettes = ['test/old.test/a', 'web/test/old.test/deep/b', 'mine', 'agents/weather', 'test/other.test/a'].map(at)
    expect(unused({ cassettes, isGone, projects: ['web'] }).cassettes).toEqual([
      at('test/old.test/a'),
      at('web/test/old.test/deep/b')
    ])
  })

  it('is used where a session had it, whatever its name', () => {
    const cassette = at('test/a.test/by-hand')
    expect(unused({ cassettes: [cassette], sessions: [summaryOf({ cassette })] }).cassettes).toEqual([])
  })
})

describe('a recording', () => {
  it('is unused where no session of its cassette has asked for it', () => {
    const sessions = [summaryOf({ unused: [use(5), use(9)] }), summaryOf({ unused: [use(9), use(20)] })]
    expect(unused({ sessions }).recordings).toEqual([use(9)])
  })

  it.each([
    ['failed', [summaryOf({ outcome: 'failed', unused: [use(5)] }), summaryOf({ unused: [use(5)] })]],
    ['recorded', [summaryOf({ mode: 'record', unused: [use(5)] })]],
    ['skipped, of those that share a name', [summaryOf({ cassette: at('shared'), unused: [use(5)] })]]
  ])('is not judged where a test was %s', (_, sessions) => expect(unused({ sessions }).recordings).toEqual([]))
})
