/** Parses YAML without a word: the library prints what it reads where a variable says so, and one of them is a setting of ours. */

/** https://github.com/eemeli/yaml, `parser.ts` and `composer.ts`: whatever their value, `false` too. */
const TELLING = ['LOG_TOKENS', 'LOG_STREAM']

/** A page has no variables. */
const { process } = globalThis as { readonly process?: { readonly env: Record<string, string | undefined> } }

/** Does it while those variables are not set. */
export function quietly<T>(parse: () => T): T {
  const env = process?.env
  const set = env ? TELLING.filter((name) => env[name] !== undefined) : []
  if (!env || set.length === 0) return parse()
  const values = set.map((name) => env[name])
  for (const name of set) delete env[name]
  try {
    return parse()
  } finally {
    set.forEach((name, index) => (env[name] = values[index]))
  }
}
