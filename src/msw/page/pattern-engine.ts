/** In a page, the engine of users' patterns: it comes with the rest, since a page cannot wait for it. */
import * as engine from 're2js'

export function loadPatternEngine(): typeof engine {
  return engine
}
