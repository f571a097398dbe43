/** Parts of the product by their files in src/, for what is measured without a proxy around it: dist/ holds them in other pieces. */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { ROOT } from './machine.mjs'

/** What is taken away when the process ends. */
const built = []

/**
 * @param paths `redaction/index`, …
 * @param root another checkout
 * @returns the modules, in that order
 */
export async function source(paths, root = ROOT) {
  const outdir = join(root, 'node_modules', '.cache', `openai-proxy-bench-${randomUUID()}`)
  await build({
    entryPoints: Object.fromEntries(paths.map((path) => [path, join(root, 'src', `${path}.ts`)])),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning'
  })
  if (built.length === 0) process.once('exit', () => built.forEach((folder) => rmSync(folder, { recursive: true, force: true })))
  built.push(outdir)
  return Promise.all(paths.map((path) => import(pathToFileURL(join(outdir, `${path}.js`)).href)))
}
