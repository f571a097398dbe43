/** Builds dist/ when dependencies have been installed; `npx openai-proxy` in this folder, which prepares too, takes the build that is there. */
import { existsSync } from 'node:fs'

const isBuilt = existsSync(new URL('../dist/cli.js', import.meta.url))
if (process.env.npm_command !== 'exec' || !isBuilt) await import('./build.mjs')
