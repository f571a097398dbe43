/** What a whole run has left unused: cassettes that no test has any more, and recordings that no test has asked for. Pure. */
import { groupBy } from '../group-by.ts'
import { join, relative } from 'node:path'
import type { InteractionUse } from '../cassettes/interaction.ts'
import type { SessionSummary } from '../sessions/session.ts'
import { cassetteName, fileFolder, toName } from './cassette-name.ts'
import { belowRoot, fileOfTitle, testsIn, titleOf, type Task, type TaskFile } from './task.ts'

export interface Unused {
  /** Their test file is gone, or it was read and has no such test, run or skipped. */
  readonly cassettes: readonly string[]
  /** Of cassettes that were replayed by tests that passed. */
  readonly recordings: readonly InteractionUse[]
}

export interface UnusedFacts {
  readonly sessions: readonly SessionSummary[]
  /** The folder of cassettes, and every cassette in it. */
  readonly folder: string
  readonly cassettes: readonly string[]
  /** The root of vitest. */
  readonly root: string
  /** The test files that were read. */
  readonly files: readonly TaskFile[]
  /** The names of vitest's projects. */
  readonly projects: readonly string[]
  /** Whether a path below the root is one that vitest would take for a test file, and there is none. */
  readonly isGone: (path: string) => boolean
}

export function findUnused(facts: UnusedFacts): Unused {
  const tests = facts.files.flatMap(testsIn)
  const own = new Set(tests.map((test) => join(facts.folder, `${cassetteName(test, facts.root)}.yaml`)))
  return { cassettes: unusedCassettes(facts, own), recordings: unusedRecordings(facts, tests, own) }
}

/** Endings of test files, which their folders of cassettes do not have. */
const ENDINGS = ['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs']

/** Only folders that are named like a test file hold the cassettes of tests: a person may keep others beside them. */
function unusedCassettes(
  { sessions, folder, cassettes, root, files, projects, isGone }: UnusedFacts,
  own: Set<string>
): string[] {
  const used = new Set(sessions.map(({ cassette }) => cassette))
  const folders = ['', ...projects.filter((name) => name !== '').map((name) => `${toName(name)}/`)]
  const read = new Set(
    files.map(
      ({ filepath, projectName }) => `${projectName ? `${toName(projectName)}/` : ''}${fileFolder(belowRoot(filepath, root))}`
    )
  )
  const isOfGoneFile = (place: string): boolean =>
    folders.some((start) => place.startsWith(start) && ENDINGS.some((ending) => isGone(`${place.slice(start.length)}.${ending}`)))
  return cassettes.filter((path) => {
    if (used.has(path) || own.has(path)) return false
    return parentsOf(relative(folder, path).replaceAll('\\', '/')).some((parent) => read.has(parent) || isOfGoneFile(parent))
  })
}

/** `a/b/c.yaml`: `a`, `a/b`. */
function parentsOf(place: string): string[] {
  const segments = place.split('/')
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

/** A recording that any test has used is used. Where a test that shares the cassette was skipped, nobody knows. */
function unusedRecordings({ sessions, root }: UnusedFacts, tests: readonly Task[], own: Set<string>): InteractionUse[] {
  const withSkipped = new Set(
    tests
      .filter(({ mode, result }) => mode === 'skip' || result?.state === 'skip')
      .map((test) => fileOfTitle(titleOf(test, root)))
  )
  const byCassette = groupBy(sessions, ({ cassette }) => cassette)
  return [...byCassette].flatMap(([cassette, all]) => {
    const isKnown = all.every(
      ({ mode, outcome, title }) =>
        mode === 'replay' && outcome === 'passed' && (own.has(cassette) || !withSkipped.has(fileOfTitle(title)))
    )
    if (!isKnown) return []
    const [first, ...others] = all
    return first!.unused.filter(({ place }) => others.every(({ unused }) => unused.some((one) => one.place === place)))
  })
}
