/** Parts of the product by their files in src/, for what is measured without a proxy around it: dist/ holds them in other pieces. */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { ROOT } from './machine.mjs'

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
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  return Promise.all(paths.map((path) => import(pathToFileURL(join(outdir, `${path}.js`)).href)))
}
