/** What ends a command: a file that is missing or cannot be read. */
import type { KnownSecret } from '../config/known-secrets.ts'

/** The message says what is wrong and what to do. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandError'
  }
}

/** Where a command writes. */
export interface CommandParts {
  /** Of this program. */
  readonly version: string
  /** Values that must be kept nowhere. */
  readonly secrets: readonly KnownSecret[]
  /** Standard output. */
  readonly write: (text: string) => void
  /** One line on standard error. */
  readonly report: (line: string) => void
  /** Shows how far a long work is, in place of what was shown before; `''` takes it away. Absent where nobody looks. */
  readonly progress?: ((text: string) => void) | undefined
  /** Asks for a yes or no. Absent where nobody can answer. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined
  /** What standard output is shown on. Absent where it is no terminal. */
  readonly terminal?: Terminal | undefined
}

/** A terminal that somebody looks at. */
export interface Terminal {
  /** Characters of a line. */
  readonly columns: number
  readonly color: boolean
}

/** A text of a file, fit to be shown on a terminal: no control characters, and not endless. */
export function printable(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim()
  return clean.length > 300 ? `${clean.slice(0, 300)}…` : clean
}
