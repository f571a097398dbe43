/** Finds the names of persons that a user gives, in any case, whatever white space is within them. */
import type { Finding, Redactor } from '../redactor.ts'

/** @param names as their bearers write them. `Ada Lovelace` is not found as `Lovelace, Ada`: give both */
export function createPersonNames(names: readonly string[]): Redactor {
  const byForm = new Map(names.flatMap((name) => formsOf(name).map((form) => [simple(form), name] as const)))
  // The longest first: of two names that begin alike, the whole one is found.
  const forms = [...byForm.keys()].toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}\\p{M}_])(?:${forms.map(toPattern).join('|')})(?![\\p{L}\\p{N}\\p{M}_])`, 'giu')
  return {
    name: 'person-names',
    *find(text): Iterable<Finding> {
      for (const { 0: match, index } of text.matchAll(pattern)) {
        const secret = byForm.get(simple(match)) ?? match
        yield { kind: 'person-name', start: index, end: index + match.length, secret }
      }
    }
  }
}

/** A letter with an accent may be one character or two. */
function formsOf(name: string): string[] {
  return [name.normalize('NFC'), name.normalize('NFD')]
}

function simple(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().toLowerCase()
}

function toPattern(form: string): string {
  const words = form.split(' ').map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
  return words.join(String.raw`\s{1,8}`)
}
