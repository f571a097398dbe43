/** Finds the values that are known to be secret (the keys in use), as they are and as URLs, base64 and hex would write them. */
import { createBeginnings } from './beginnings.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Finding, Redactor } from './redactor.ts'

/** Values shorter than this would be found everywhere. */
export const SHORTEST = 8

/** What people write where a key is asked for and none is needed (`openai-proxy`, `not-needed`): words, found in any text. */
const WORDS = /^(?=.{1,15}$)[a-z]+(?:[-_ ][a-z]+)*$/

export interface KnownValues extends Redactor {
  /** Makes a value secret, but for those that would be found in any text: short ones and plain words. */
  learn(value: string, kind: string): void
  /** Makes a value secret whatever it looks like. It has {@link SHORTEST} characters at least. */
  add(value: string, kind: string): void
  /** The values as they are, with their kinds. */
  readonly values: ReadonlyMap<string, string>
}

interface Written {
  readonly value: string
  readonly kind: string
}

export function createKnownValues(): KnownValues {
  const values = new Map<string, string>()
  /** Every form of every value: looking costs the same for one value as for a thousand. */
  const written = createBeginnings<Written>()
  const forms = new Set<string>()

  function add(value: string, kind: string): void {
    if (value.length < SHORTEST || isPlaceholder(value) || values.has(value)) return
    values.set(value, kind)
    for (const form of formsOf(value)) {
      if (forms.has(form)) continue
      forms.add(form)
      written.add(form, { value, kind })
    }
  }

  return {
    name: 'known-values',
    values,
    add,
    learn(value, kind) {
      if (!WORDS.test(value)) add(value, kind)
    },
    find(text): Iterable<Finding> {
      const found: Finding[] = []
      written.find(text, ({ value, kind }, start, end) => found.push({ kind, start, end, secret: value }))
      return found
    }
  }
}

/** How a value may be written. Base64 within a longer text depends on its neighbours: runs are decoded for that. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value)
  const percent = encodeURIComponent(value)
  const forms = [
    value,
    bytes.toString('latin1'),
    JSON.stringify(value).slice(1, -1),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase()
  ]
  return [...new Set(forms)]
}
