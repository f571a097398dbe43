/** A user's own redactors: what they give, and how they become redactors like the others. One that fails stops what would be written. */
import { ownKind, placeholdersIn } from './kinds.ts'
import type { Finding, Redactor } from './redactor.ts'

/** A place in a text that a redactor of your own found. */
export interface OwnFinding {
  /** Offset of its first character in the text, from 0. */
  readonly start: number
  /** Offset behind its last character. */
  readonly end: number
  /**
   * What it is, in kebab case: names its placeholder, `<secret-customer:1>`.
   * @default the redactor's name
   */
  readonly kind?: string
}

/** A redactor of your own. */
export interface OwnRedactor {
  /** Lower-case words with hyphens between them. */
  readonly name: string
  /**
   * Finds secrets in a text: a string of a body, what the deltas of a stream say together, a header, a whole document. Called often: keep it
   * quick, and linear in the text's length. If it throws, nothing is written of what it was asked about.
   */
  find(text: string): Iterable<OwnFinding>
}

/** Says that an object is a redactor, and has its types checked. */
export function defineRedactor(redactor: OwnRedactor): OwnRedactor {
  return redactor
}

/** A user's own redactor failed: what it was to make clean must not be kept. Never holds any of the text. */
export class RedactionError extends Error {
  readonly code = 'redaction_failed'

  constructor(redactor: string, what: string) {
    super(`The redactor ${redactor} failed: ${what}. What it was to make clean is kept nowhere. Correct it in redact.redactors.`)
    this.name = 'RedactionError'
  }
}

/** A text without its secrets, or, where that cannot be had, why there is none. */
export function cleanOrWithheld(text: string, redaction: { text(text: string): string }): string {
  try {
    return redaction.text(text)
  } catch (error) {
    if (error instanceof RedactionError) return `A text is withheld. ${error.message}`
    throw error
  }
}

/** Makes a redactor of a user's own one like the others. What it throws becomes a {@link RedactionError}. */
export function fromOwnRedactor({ name, find }: OwnRedactor): Redactor {
  return {
    name,
    find(text) {
      try {
        const found: unknown = find(text)
        if (typeof (found as Iterable<unknown> | undefined)?.[Symbol.iterator] !== 'function')
          throw new RedactionError(name, 'it gave no list of places')
        return Array.from(found as Iterable<OwnFinding>, (finding) => checked(finding, name, text))
      } catch (error) {
        if (error instanceof RedactionError) throw error
        // Its message may quote the text.
        throw new RedactionError(name, `it threw ${error instanceof Error ? `a ${className(error)}` : 'no error object'}`)
      }
    }
  }
}

/** A redactor that finds nothing in placeholders: it would make other ones of them each time it looks. A text around one it may find. */
export function outsidePlaceholders({ name, find }: Redactor): Redactor {
  return { name, find: (text) => (text.includes('<') ? withoutPlaceholders(text, [...find(text)]) : find(text)) }
}

function withoutPlaceholders(text: string, findings: readonly Finding[]): readonly Finding[] {
  const placeholders = findings.length === 0 ? [] : placeholdersIn(text)
  if (placeholders.length === 0) return findings
  const cuts = (finding: Finding): boolean =>
    placeholders.some(({ start, end }) => {
      const overlaps = finding.start < end && start < finding.end
      const isAround = finding.start <= start && end <= finding.end && end - start < finding.end - finding.start
      return overlaps && !isAround
    })
  return findings.filter((finding) => !cuts(finding))
}

/** Plain JavaScript may give anything. */
function checked(finding: OwnFinding, name: string, text: string): Finding {
  const { start, end, kind = name } = (finding ?? {}) as Partial<OwnFinding>
  if (!Number.isInteger(start) || !Number.isInteger(end)) throw new RedactionError(name, 'it gave a place without start and end')
  if (start! < 0 || end! > text.length || start! >= end!)
    throw new RedactionError(name, 'it gave a place outside the text, or an empty one')
  if (typeof kind !== 'string' || !/[a-z]/i.test(kind)) throw new RedactionError(name, 'it gave a kind that is no word')
  return { start: start!, end: end!, kind: ownKind(kind) }
}

function className({ name }: Error): string {
  return /^[A-Z][A-Za-z]{0,40}$/.test(name) ? name : 'Error'
}
