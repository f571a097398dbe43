/** Derives a pattern for what changed in a text, where it is plain: `build-1234` and `build-5678` give `/build-\d+/`. */

/** Fewer letters around what changes would make the pattern fit anything. */
const LEAST_LETTERS = 3

/** Most words of a text that are looked at. */
const MOST_WORDS = 5000

/**
 * A pattern under which two texts are equal; `undefined` where words came or went, or what changed has no form.
 * Of several words that changed, all must have the same form.
 */
export function derivePattern(before: string, after: string): string | undefined {
  const [was, is] = [before.split(/\s+/), after.split(/\s+/)]
  if (was.length !== is.length || was.length > MOST_WORDS) return undefined
  const patterns = new Set(was.flatMap((word, place) => (word === is[place] ? [] : [patternOf(word, is[place]!)])))
  const [pattern] = patterns
  if (patterns.size !== 1 || pattern === undefined) return undefined
  const written = `/${pattern}/`
  return isEqualUnder(pattern, before, after) ? written : undefined
}

function patternOf(one: string, other: string): string | undefined {
  const most = Math.min(one.length, other.length)
  let start = 0
  while (start < most && one[start] === other[start]) start += 1
  let end = 0
  while (end < most - start && one.at(-1 - end) === other.at(-1 - end)) end += 1
  const [head, tail] = [one.slice(0, start), one.slice(one.length - end)]
  // What changed is a whole run: 12 and 13 share their first digit by chance.
  const found = RUNS.map(({ before, behind }) => patternBetween(head.replace(before, ''), tail.replace(behind, ''), [one, other]))
  return found.find((pattern) => pattern !== undefined)
}

const RUNS = [
  { before: /\d+$/, behind: /^\d+/ },
  { before: /[\dA-Za-z]+$/, behind: /^[\dA-Za-z]+/ }
] as const

function patternBetween(head: string, tail: string, words: readonly string[]): string | undefined {
  const letters = (head + tail).replaceAll(/\P{L}/gu, '').length
  const middles = words.map((word) => word.slice(head.length, word.length - tail.length))
  const form = FORMS.find(({ fits }) => middles.every((middle) => fits.test(middle)))
  return form && letters >= LEAST_LETTERS ? escape(head) + form.pattern + escape(tail) : undefined
}

const FORMS = [
  { fits: /^\d+$/, pattern: String.raw`\d+` },
  { fits: /^[\da-f]{6,}$/, pattern: '[0-9a-f]+' },
  { fits: /^(?=.*\d)[\dA-Za-z]{6,}$/, pattern: '[0-9A-Za-z]+' }
] as const

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
}

/** The patterns made here are plain: they run in linear time. */
function isEqualUnder(pattern: string, before: string, after: string): boolean {
  const compiled = new RegExp(pattern, 'g')
  return before.replace(compiled, '\u0000') === after.replace(compiled, '\u0000')
}
