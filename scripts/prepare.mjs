/** Builds dist/ when dependencies have been installed; `npx openai-proxy` in this folder, which prepares too, takes the build that is there. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const isBuilt = existsSync(`${root}dist/cli.js`)

if (process.env.npm_command !== 'exec' || !isBuilt) {
  const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
  const run = (...command) => spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status ?? 1
  process.exitCode = run(tsc, '-p', 'tsconfig.build.json') || run('scripts/make-executable.mjs') || run('scripts/build-page.mjs')
}
