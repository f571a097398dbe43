/** Names a test's cassette after its project, file and title: `test/weather.test/agents/tells-the-weather`. Pure, and fit for a browser. */
import { belowRoot, type Task } from './task.ts'

/** Most bytes of one name. File systems take 255, and cassettes a little less. */
const MOST_BYTES = 100

/** Different for different tests of a run, the same in every run, and fit for every file system. */
export function cassetteName(test: Task, root: string): string {
  const { filepath, projectName } = test.file
  const names: string[] = []
  for (let task: Task | undefined = test; task; task = task.suite) names.unshift(nameAmongSiblings(task))
  const project = projectName ? [toName(projectName)] : []
  return [...project, fileFolder(belowRoot(filepath, root)), ...names].join('/')
}

/** The folder of a test file's cassettes, below that of its project: its path without the ending. */
export function fileFolder(file: string): string {
  return file
    .replace(/\.[cm]?[jt]sx?$/, '')
    .split('/')
    .map((segment) =>
      /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.@+-]{0,60}$/u.test(segment) && !segment.includes('..') ? segment : toName(segment)
    )
    .join('/')
}

/** The names of the tasks beside each other, by what holds them. */
const named = new WeakMap<object, ReadonlyMap<Task, string>>()

/** Of those that are named alike, the second is `name@2`: titles may repeat, and some file systems tell no capitals apart. */
function nameAmongSiblings(task: Task): string {
  const around = task.suite ?? task.file
  const tasks = around.tasks ?? []
  let names = named.get(tasks)
  if (names?.size !== tasks.length) {
    const counts = new Map<string, number>()
    const entries = tasks.map((one) => {
      const name = toName(one.name)
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      return [one, count === 1 ? name : `${name}@${count}`] as const
    })
    names = new Map(entries)
    named.set(tasks, names)
  }
  return names.get(task) ?? toName(task.name)
}

/** Words, joined by `-`. What gets lost but for capitals and white space (punctuation, length) is told by a digest behind it. */
export function toName(text: string): string {
  const whole = text.normalize('NFC').toLowerCase()
  const name = cut(
    whole
      // A dot stands in numbers only: `.yaml` and `.failed` mean something at the end of a name.
      .replaceAll(/(?<!\p{N})\.|\.(?!\p{N})|[^\p{L}\p{M}\p{N}_.]/gu, '-')
      .replaceAll(/-{2,}/g, '-')
      .replaceAll(/^[\p{M}-]+|-+$/gu, '')
  )
  const isWhole = name === whole.trim().replaceAll(/\s+/g, '-') && name !== '' && !RESERVED.test(name)
  return isWhole ? name : [name, digest(text)].filter((part) => part !== '').join('-')
}

/** Names that mean devices on Windows. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/

function cut(name: string): string {
  const encoder = new TextEncoder()
  let kept = name
  while (encoder.encode(kept).byteLength > MOST_BYTES) kept = [...kept].slice(0, -1).join('')
  return kept.replace(/[.-]+$/, '')
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/): Node's digests are no browser's. */
function digest(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(36).padStart(7, '0')
}
