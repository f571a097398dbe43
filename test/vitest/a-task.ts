/** Tasks and sessions as vitest and the proxy hand them over, for tests. */
import type { SessionSummary } from '../../src/sessions/session.ts'
import type { Task, TaskFile } from '../../src/vitest/task.ts'

/** What a file holds: a test is its title, a suite its title and what it holds. */
export type Outline = string | readonly [title: string, inside: readonly Outline[]]

interface MutableTask {
  type: string
  name: string
  file: TaskFile
  suite?: Task
  tasks?: Task[]
  mode?: string
}

/** Titles that begin with `-` are skipped. */
export function fileOf(filepath: string, outline: readonly Outline[], projectName?: string): TaskFile {
  const file: { filepath: string; projectName?: string; tasks: Task[] } = { filepath, tasks: [] }
  if (projectName !== undefined) file.projectName = projectName
  const make = (one: Outline, suite?: Task): Task => {
    const [title, inside] = typeof one === 'string' ? [one, undefined] : one
    const task: MutableTask = { type: inside ? 'suite' : 'test', name: title, file }
    if (title.startsWith('-')) task.mode = 'skip'
    if (suite) task.suite = suite
    if (inside) task.tasks = inside.map((inner) => make(inner, task as Task))
    return task as Task
  }
  file.tasks.push(...outline.map((one) => make(one)))
  return file
}

export function summaryOf(more: Partial<SessionSummary> = {}): SessionSummary {
  return {
    id: 's-1',
    title: 'test/a.test.ts > a',
    cassette: '/r/recordings/test/a.test/a.yaml',
    mode: 'replay',
    counts: { replayed: 1, recorded: 0, live: 0, blocked: 0, missed: 0, failed: 0 },
    unused: [],
    cost: { usd: 0, savedUsd: 0.02, complete: true },
    outcome: 'passed',
    ...more
  }
}
