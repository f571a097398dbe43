/** Shows how a text was worded before and after, word by word. Pure. */

/** A stretch of words. */
export interface WordRun {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
}

/** Most words of a changed stretch that are compared one by one: the work grows with their square. */
const MOST_WORDS = 2000

export function changedWords(before: string, after: string): WordRun[] {
  const [a, b] = [toWords(before), toWords(after)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const [gone, added] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  const isLong = gone.length > MOST_WORDS || added.length > MOST_WORDS
  return joinRuns([
    { kind: 'same', text: a.slice(0, start).join('') },
    ...(isLong ? [run('gone', gone.join('')), run('new', added.join(''))] : align(gone, added)),
    { kind: 'same', text: a.slice(a.length - end).join('') }
  ])
}

function run(kind: WordRun['kind'], text: string): WordRun {
  return { kind, text }
}

function toWords(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []
}

/** The longest common row of words stays; everything else is gone or new. */
function align(gone: readonly string[], added: readonly string[]): WordRun[] {
  const width = added.length + 1
  const lengths = new Uint16Array((gone.length + 1) * width)
  for (let i = gone.length - 1; i >= 0; i -= 1) {
    for (let j = added.length - 1; j >= 0; j -= 1) {
      const [down, right] = [lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!]
      lengths[i * width + j] = gone[i] === added[j] ? lengths[(i + 1) * width + j + 1]! + 1 : Math.max(down, right)
    }
  }
  const runs: WordRun[] = []
  let [i, j] = [0, 0]
  while (i < gone.length || j < added.length) {
    if (i < gone.length && j < added.length && gone[i] === added[j]) {
      runs.push(run('same', gone[i]!))
      i += 1
      j += 1
    } else if (i < gone.length && (j === added.length || lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)) {
      runs.push(run('gone', gone[i]!))
      i += 1
    } else {
      runs.push(run('new', added[j]!))
      j += 1
    }
  }
  return runs
}

/** Words that only white space parts are one change: all that is gone, then all that is new. */
function joinRuns(runs: readonly WordRun[]): WordRun[] {
  const joined: WordRun[] = []
  let [gone, added] = ['', '']
  const flush = (): void => {
    if (gone !== '') joined.push(run('gone', gone))
    if (added !== '') joined.push(run('new', added))
    gone = added = ''
  }
  for (const [index, { kind, text }] of runs.entries()) {
    const isBetween =
      kind === 'same' && /^\s+$/.test(text) && gone + added !== '' && runs[index + 1] && runs[index + 1]!.kind !== 'same'
    if (isBetween) {
      gone += text
      added += text
    } else if (kind === 'gone') gone += text
    else if (kind === 'new') added += text
    else if (text !== '') {
      flush()
      const last = joined.at(-1)
      if (last?.kind === 'same') joined[joined.length - 1] = run('same', last.text + text)
      else joined.push(run('same', text))
    }
  }
  flush()
  return joined
}
