/** Of the declarations that tsc made, keeps those that users reach: the others tell of packages that are built in. */
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { dependencies, exports, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const dist = join(root, 'dist')

/** Every `types` that package.json names. */
const entries = JSON.stringify(exports).match(/\.\/dist\/[\w-]+\.d\.ts/g)
const reached = new Set()

function reach(path) {
  if (reached.has(path)) return
  reached.add(path)
  for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:\bfrom |\bimport\()['"]([^'"]+)['"]/g)) {
    if (name.startsWith('.')) reach(join(dirname(path), name.replace(/\.[jt]s$/, '.d.ts')))
    else if (!isInstalled(name)) throw new Error(`${path} names ${name}, which users do not have: mark what needs it @internal.`)
  }
}

function isInstalled(name) {
  const owner = name.split('/', name.startsWith('@') ? 2 : 1).join('/')
  return name.startsWith('node:') || owner in dependencies || owner in peerDependencies
}

for (const entry of entries) reach(join(root, entry))
for (const path of readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((name) => join(dist, name)))
  if (path.endsWith('.d.ts') && !reached.has(path)) rmSync(path)
