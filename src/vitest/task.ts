/** The part of vitest's tasks that is read, the same in all of its versions from 3 on, and what people call a test. */

import type { SessionTest } from '../sessions/session.ts'

/** A test, a suite, or a file: a task that holds the others. */
export interface Task {
  readonly type: string
  readonly name: string
  /** Where vitest is asked for it (`includeTaskLocation`). */
  readonly location?: { readonly line: number } | undefined
  /** The suite around it; `undefined` where that is the file. */
  readonly suite?: Task | undefined
  readonly tasks?: readonly Task[]
  readonly file: TaskFile
  /** `skip`, `todo`: it does not run. */
  readonly mode?: string
  readonly result?: { readonly state?: string } | undefined
  /** Whether it is written to fail: `test.fails`. */
  readonly fails?: boolean | undefined
}

/** A file as a task. */
export interface TaskFile {
  readonly filepath: string
  /** The vitest project that it runs in, where that has a name. */
  readonly projectName?: string | undefined
  readonly tasks: readonly Task[]
}

/** Every test of a file, run or skipped. */
export function testsIn({ tasks = [] }: { readonly tasks?: readonly Task[] }): Task[] {
  return tasks.flatMap((task) => (task.type === 'test' ? [task] : testsIn(task)))
}

/** What stands between a file, a suite and a test. */
const BETWEEN = ' > '

/** As vitest says it, with the file below the root: `test/weather.test.ts > agents > tells the weather`. */
export function titleOf(task: Task, root: string): string {
  const { filepath, projectName } = task.file
  const file = belowRoot(filepath, root)
  return [projectName ? `|${projectName}| ${file}` : file, ...titlesOf(task)].join(BETWEEN)
}

/** Where a test stands, and what it is called in its file. */
export function placeOf(task: Task): SessionTest {
  return { file: task.file.filepath, line: task.location?.line, name: titlesOf(task).join(BETWEEN) }
}

/** Those of the suites around a test, and its own. */
function titlesOf(task: Task): string[] {
  const titles = [task.name]
  for (let around = task.suite; around; around = around.suite) titles.unshift(around.name)
  return titles
}

/** The file of a title, with its project. */
export function fileOfTitle(title: string): string {
  return title.split(BETWEEN, 1)[0]!
}

/** With `/`, whatever the system; of a file outside the root, the part that leads away from it is left out. */
export function belowRoot(file: string, root: string): string {
  const [segments, top] = [file, root].map((path) => path.split(/[/\\]+/).filter((segment) => segment !== ''))
  const shared = top!.findIndex((segment, index) => segments![index] !== segment)
  return segments!.slice(shared === -1 ? top!.length : shared).join('/')
}
