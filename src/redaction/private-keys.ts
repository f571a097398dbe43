/** Finds private keys in PEM: from their first line to their last, or to where they are cut off. */
import type { Finding, Redactor } from './redactor.ts'

const FIRST_LINE = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/g
const LAST_LINE = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/g

/** Most characters between the two. */
const LONGEST = 20_000

/** What stands between them, escaped line ends and headers such as `Proc-Type: 4,ENCRYPTED` too; never another first line. */
const CONTENT = /(?:[A-Za-z0-9+/=\s\\:,.()]|-(?!-)){16,20000}/y

/** A line of the key itself. Where none follows, somebody only speaks of keys. */
const KEY_LINE = /[A-Za-z0-9+/=]{24,}/g

export const privateKeys: Redactor = {
  name: 'private-keys',
  *find(text): Iterable<Finding> {
    if (!text.includes('PRIVATE KEY')) return
    const ends = [...text.matchAll(LAST_LINE)]
    let nextEnd = 0
    let done = 0
    for (const { index: start, 0: line } of text.matchAll(FIRST_LINE)) {
      if (start < done) continue
      const from = start + line.length
      while (nextEnd < ends.length && ends[nextEnd]!.index < from) nextEnd += 1
      done = endOf(text, from, ends[nextEnd])
      if (done > from) yield { kind: 'private-key', start, end: done }
    }
  }
}

/** Where the key ends whose first line ends at `from`; `from` itself where no key follows. */
function endOf(text: string, from: number, last: RegExpExecArray | undefined): number {
  if (last && last.index - from <= LONGEST && /[A-Za-z0-9+/=]{16}/.test(text.slice(from, last.index)))
    return last.index + last[0].length
  CONTENT.lastIndex = from
  const content = CONTENT.exec(text)?.[0] ?? ''
  const line = [...content.matchAll(KEY_LINE)].at(-1)
  if (!line) return from
  const end = line.index + line[0].length
  // A last line that was cut off is short.
  const isCut = from + content.length === text.length && /^(?:\s|\\[nr])*[A-Za-z0-9+/=]{1,23}$/.test(content.slice(end))
  return from + (isCut ? content.length : end)
}
