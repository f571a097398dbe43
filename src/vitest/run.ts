/** The part of vitest that a global setup is given and looks at, the same in all of its versions from 3 on. */
import type { PROVIDED, ProvidedProxy } from './provided.ts'
import type { TaskFile } from './task.ts'

/** A test file of one project, as reporters see it. */
export interface RunModule {
  readonly moduleId: string
  readonly project: { readonly name: string }
}

/** Hears of a run's end. */
export interface RunReporter {
  onTestRunEnd(modules: readonly RunModule[], errors: unknown, reason: 'passed' | 'failed' | 'interrupted'): Promise<void>
}

/** `all` where vitest runs with `--update`. The words are vitest's. */
type UpdateOptions = Partial<Record<'snapshotOptions', Readonly<Partial<Record<'updateSnapshot', string>>>>>

/** A run: of all projects, and in watch mode of all times. */
export interface VitestRun {
  readonly config: {
    readonly root: string
    readonly testNamePattern?: RegExp | undefined
    readonly project?: readonly string[] | string | undefined
    readonly tagsFilter?: readonly string[] | undefined
  } & Readonly<UpdateOptions>
  readonly projects: readonly { readonly name: string; matchesTestGlob(path: string): boolean }[]
  readonly state: { getFiles(): readonly TaskFile[] }
  readonly reporters: object[]
  globTestSpecifications(): Promise<readonly RunModule[]>
  /** Absent before vitest 4: what was asked for on the keyboard. */
  getGlobalTestNamePattern?(): RegExp | undefined
}

/** What a global setup is given. */
export interface SetupContext {
  readonly vitest: VitestRun
  provide(key: typeof PROVIDED, value: ProvidedProxy): void
}

/** Whether every test file of every project ran, and nothing narrowed which of their tests: else nobody knows what is unused. */
export async function isWholeRun(vitest: VitestRun, ran: readonly RunModule[]): Promise<boolean> {
  const { testNamePattern, project = [], tagsFilter = [] } = vitest.config
  const isNarrowed = testNamePattern ?? vitest.getGlobalTestNamePattern?.()
  if (isNarrowed || project.length > 0 || tagsFilter.length > 0) return false
  const known = new Set(ran.map(keyOf))
  return (await vitest.globTestSpecifications()).every((one) => known.has(keyOf(one)))
}

function keyOf({ moduleId, project: { name } }: RunModule): string {
  return `${name}\0${moduleId}`
}
