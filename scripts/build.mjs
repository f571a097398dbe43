/** Builds dist/: what Node loads, what a page loads, and the declarations of both. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))

for (const step of [
  ['scripts/build-program.mjs'],
  ['scripts/build-page.mjs'],
  [tsc, '-p', 'tsconfig.build.json'],
  ['scripts/keep-declarations.mjs']
]) {
  process.exitCode = spawnSync(process.execPath, step, { cwd, stdio: 'inherit' }).status ?? 1
  if (process.exitCode !== 0) break
}
