/** The error of a wrong configuration, and how its messages show a value. */

/** Every problem of a configuration, one clear message each; `message` holds them all, a line each. */
export class ConfigError extends Error {
  readonly code = 'config_invalid'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Longer values are not shown: a key pasted into the wrong line is longer than any right value that is mistyped. */
const MOST_CHARACTERS = 32

/** A wrong value as a message may show it: short ones as they are, anything that could be a secret by its length only. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    const secret = value.length > MOST_CHARACTERS || /^\s*(?:sk|rk|ek|pk|sess|org|proj|bearer|eyJ)\b/i.test(value)
    return secret ? `a text of ${value.length} characters` : JSON.stringify(value)
  }
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** What went wrong, in words, where only an error object is at hand. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
