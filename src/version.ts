/** The version of this package. */
import { readFileSync } from 'node:fs'

/** As its package.json says it. */
export const VERSION = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version
