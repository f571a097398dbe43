/** Makes the command executable: npm does so where it links it, but not each time it is built. */
import { chmodSync } from 'node:fs'

chmodSync(new URL('../dist/cli.js', import.meta.url), 0o755)
