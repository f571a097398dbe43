/** What importing an entry of the package takes, in milliseconds and megabytes, beyond what its user has loaded already. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT, missingPackage, packageFolder } from '../harness/machine.mjs'
import { run } from '../harness/processes.mjs'
import { PACKAGE, makeProject, missingEntry, runVitest } from '../harness/project.mjs'

/** @param first what is loaded already, as by a test that uses the entry */
const entry = (name, first = []) => ({
  name: `openai-proxy${name.slice(1)}`,
  kind: 'ours',
  missing: () => missingEntry(name),
  file: () => join(ROOT, PACKAGE.exports[name].default),
  first
})

const EMPTY = 'an empty module'
const empty = {
  name: EMPTY,
  kind: 'floor',
  missing: () => undefined,
  file({ folder }) {
    const file = join(folder, 'empty.mjs')
    writeFileSync(file, 'export {}\n')
    return file
  },
  first: []
}

const library = (name, path) => ({
  name,
  kind: 'measure',
  missing: () => missingPackage(name.split('/')[0]),
  file: () => join(packageFolder(name.split('/')[0]), path),
  first: []
})

/** Imports what is there already, then the entry, and prints milliseconds and bytes. */
const PROBE = `
const [, , file, ...first] = process.argv
for (const one of first) await import(one)
globalThis.gc()
const [start, before] = [performance.now(), process.memoryUsage().rss]
await import(file)
const ms = performance.now() - start
process.stdout.write(JSON.stringify({ ms, mb: (process.memoryUsage().rss - before) / 2 ** 20 }))
process.exit()
`

/** vitest can be imported by its own tests alone, so one of them imports and looks at the clock. */
async function inVitest({ folder, cores }) {
  makeProject(folder, {
    'import.test.js': `
import { writeFileSync } from 'node:fs'
import { test } from 'vitest'
test('imports', async () => {
  const [start, before] = [performance.now(), process.memoryUsage().rss]
  await import('openai-proxy/vitest')
  const ms = performance.now() - start
  writeFileSync('found.json', JSON.stringify({ ms, mb: (process.memoryUsage().rss - before) / 2 ** 20 }))
})
`
  })
  await runVitest(folder, { cores: cores.system })
  return JSON.parse(readFileSync(join(folder, 'found.json'), 'utf8'))
}

const modules = (folder, ...path) => join(ROOT, 'node_modules', folder, ...path)

export const imports = {
  id: 'imports',
  work: 'import of an entry',
  systems: [
    empty,
    entry('.'),
    entry('./msw', [modules('msw', 'lib', 'core', 'index.mjs')]),
    { ...entry('./vitest'), isInVitest: true },
    library('msw', 'lib/node/index.mjs')
  ],
  quick: [EMPTY, 'openai-proxy'],
  measure: EMPTY,
  rounds: 11,
  figures: { ms: { title: 'ms', better: 'less', unit: ' ms' }, mb: { title: 'MB', better: 'less', unit: ' MB' } },
  aims: [
    { figure: 'ms', of: 'openai-proxy', atMost: 60 },
    { figure: 'ms', of: 'openai-proxy/msw', atMost: 60 },
    { figure: 'ms', of: 'openai-proxy/vitest', atMost: 80 }
  ],
  async round(bench, system) {
    if (system.isInVitest) return inVitest(bench)
    const probe = join(bench.folder, 'import.mjs')
    writeFileSync(probe, PROBE)
    const files = [system.file(bench), ...system.first].map((file) => pathToFileURL(file).href)
    const { output } = await run({ command: process.execPath, args: ['--expose-gc', probe, ...files], cores: bench.cores.system })
    return JSON.parse(output)
  }
}
