/** Loads the engine of users' patterns. */
import { createRequire } from 'node:module'

/** Loaded where there is a pattern: most users have none. */
export function loadPatternEngine(): typeof import('re2js') {
  return createRequire(import.meta.url)('re2js') as typeof import('re2js')
}
