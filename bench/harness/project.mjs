/** A user's project in a folder, with the packages that its tests import, and a run of vitest in it. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT, packageFolder } from './machine.mjs'
import { lastLines, run } from './processes.mjs'

const USED = ['vitest', 'openai', 'msw', 'nock', '@pollyjs/core', '@pollyjs/adapter-fetch', '@pollyjs/persister-fs']

/** The checkout's own package.json. */
export const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** Words for an entry of the package that this checkout has not, else `undefined`. */
export function missingEntry(entry) {
  return PACKAGE.exports[entry] === undefined ? `openai-proxy has no ${entry} yet` : undefined
}

function link(path, target) {
  if (target === undefined) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, 'junction')
}

/** The package as it would be installed (a link would be taken for a source of the project), links to the others, and these files. */
export function makeProject(folder, files) {
  const own = join(folder, 'node_modules', PACKAGE.name)
  mkdirSync(own, { recursive: true })
  cpSync(join(ROOT, 'dist'), join(own, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(own, 'package.json'))
  for (const name of Object.keys(PACKAGE.dependencies)) link(join(own, 'node_modules', name), join(ROOT, 'node_modules', name))
  for (const name of USED) link(join(folder, 'node_modules', name), packageFolder(name))
  for (const [name, text] of Object.entries({ 'package.json': '{"private":true,"type":"module"}\n', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** `vitest run`: milliseconds, and how many tests passed; one that failed is an error. */
export async function runVitest(folder, { env = {}, seconds = 200, cores } = {}) {
  const script = join(packageFolder('vitest'), 'vitest.mjs')
  const args = [script, 'run', '--reporter=dot', '--root', folder]
  const { ms, output } = await run({ command: process.execPath, args, cwd: folder, env, cores }, seconds)
  const [, passed] = /Tests\s+(\d+) passed/.exec(output) ?? []
  if (passed === undefined || /\d+ failed/.test(output)) throw new Error(`its tests did not pass: ${lastLines(output)}`)
  return { ms, passed: Number(passed) }
}
