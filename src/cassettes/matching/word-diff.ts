/** Shows how a text changed, word by word: `like the [-quick-]{+slow+} fox`. */
import { alignLists } from './align.ts'
import { MARK } from './comparable.ts'

/** A change, and what follows it unchanged. */
interface Run {
  gone: string
  added: string
  same: string
}

/** Most words of a changed stretch that are compared one by one; a longer one is shown as one change. */
const MOST_WORDS = 300

/** Most characters of a text, from where it begins to differ, that are looked at. */
const MOST_CHARACTERS = 4000

/** Characters that are shown around a change, and of it. */
const AROUND = 24
const SHOWN = 60

/** How many changes of one text are shown. */
const MOST_CHANGES = 4

/**
 * The changes with a little of what stands around them, on one line, bounded in length. `undefined` where the texts share nothing
 * that would help to read it.
 */
export function wordDiff(recorded: string, wanted: string): string | undefined {
  const from = startOfDifference(recorded, wanted)
  const [before, after] = [recorded, wanted].map((text) => words(text.slice(from, from + MOST_CHARACTERS)))
  const runs = diffWords(before!, after!)
  if (!runs.some(({ same }) => /[\p{L}\p{N}]/u.test(same))) return undefined
  const isChange = ({ gone, added }: Run): boolean => gone !== '' || added !== ''
  const changes = runs.filter(isChange)
  const last = changes[MOST_CHANGES - 1] ?? runs.at(-1)!
  const shown = runs.slice(0, runs.indexOf(last) + 1)
  const text = shown.map((run) => show(run, run === runs[0] && !isChange(run), run === runs.at(-1))).join('')
  const cutOff = from > 0 && !text.startsWith('…') ? '…' : ''
  return `${cutOff}${text}${changes.length > MOST_CHANGES ? ' and more' : ''}`
}

/** The beginning of a word a little before the place where two texts part; 0 where that is near the beginning. */
export function startOfDifference(a: string, b: string): number {
  let same = 0
  while (same < a.length && a[same] === b[same]) same += 1
  if (same <= AROUND * 2) return 0
  const space = a.slice(0, same - AROUND).search(/\s\S*$/)
  return space > same - AROUND * 2 ? space + 1 : same - AROUND
}

function show({ gone, added, same }: Run, isStart: boolean, isEnd: boolean): string {
  const before = isStart ? '' : cut(same, 0, AROUND)
  const after = isEnd ? '' : fromWord(same, same.length - AROUND)
  const around = same.length <= before.length + after.length ? same : `${before}…${after}`
  return (gone === '' ? '' : `[-${shorten(gone)}-]`) + (added === '' ? '' : `{+${shorten(added)}+}`) + oneLine(around)
}

/** The end of a text, from the first word that begins behind a place; from that place where none does. */
function fromWord(text: string, place: number): string {
  if (place <= 0) return text
  const end = cut(text, place)
  return end.replace(/^\S*\s+(?=\S)/, '')
}

function shorten(text: string): string {
  return oneLine(text.length <= SHOWN ? text : `${cut(text, 0, SHOWN - 10)}…${cut(text, text.length - 10)}`)
}

/** A part of a text that has no half of a character. */
export function cut(text: string, from: number, to = text.length): string {
  return text
    .slice(from, to)
    .replace(/^[\udc00-\udfff]/, '')
    .replace(/[\ud800-\udbff]$/, '')
}

/** Line ends and what no terminal should get, as programs write them. */
export function oneLine(text: string): string {
  return text.replaceAll(MARK, '').replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^(?!\\)[^]*/, escape)
  )
}

function escape(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
}

function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []
}

function diffWords(before: readonly string[], after: readonly string[]): Run[] {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start += 1
  let end = 0
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1
  const [gone, added] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  const isLong = gone.length > MOST_WORDS || added.length > MOST_WORDS
  const middle = isLong ? [{ gone, added, same: undefined }] : alignLists(gone, added)
  return joinRuns([
    { gone: '', added: '', same: before.slice(0, start).join('') },
    ...middle.map((stretch) => ({ gone: stretch.gone.join(''), added: stretch.added.join(''), same: stretch.same ?? '' })),
    { gone: '', added: '', same: before.slice(before.length - end).join('') }
  ])
}

/** Words that stayed side by side are one run; changes that only white space parts are one change. */
function joinRuns(runs: readonly Run[]): Run[] {
  const joined: Run[] = []
  for (const run of runs) {
    const last = joined.at(-1)
    const isChange = run.gone !== '' || run.added !== ''
    if (last && !isChange) last.same += run.same
    else if (last && (last.gone !== '' || last.added !== '') && /^\s*$/.test(last.same)) {
      last.gone += last.same + run.gone
      last.added += last.same + run.added
      last.same = run.same
    } else joined.push({ ...run })
  }
  return joined.filter(({ gone, added, same }) => gone + added + same !== '')
}
