/**
 * Builds what Node loads of this package: the sources in few files, with zod in them, because Node's loader takes longer for 350 small
 * files than all that they do (docs/decisions/0016). `node scripts/build-program.mjs [FOLDER]` takes a fifth of a second.
 */
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { inlinedPackages, writeLicences } from './licences.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const outdir = resolve(process.argv[2] ?? join(root, 'dist'))
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What users import and run, and the program of a worker. */
const ENTRIES = ['cli', 'index', 'msw', 'vitest', 'vitest-page', 'vitest-setup', 'workers/worker']

/** The packages that become a part of the files. All others are loaded from where they are installed. */
const INLINED = ['zod']

/** The pieces of an earlier build have other names. What a page loads is built apart. */
function removeEarlier() {
  if (!existsSync(outdir)) return
  for (const path of readdirSync(outdir, { recursive: true, encoding: 'utf8' }))
    if (/\.js(?:\.map)?$/.test(path) && !/^page\b/.test(path)) rmSync(join(outdir, path))
}

removeEarlier()
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(ENTRIES.map((path) => [path.replace(/^.*\//, ''), `src/${path}.ts`])),
  outdir,
  bundle: true,
  splitting: true,
  // Beside each other, one folder below package.json, as src/version.ts is.
  chunkNames: '[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  // For debuggers, and for stack traces under `node --enable-source-maps`. Others never read them.
  sourcemap: 'linked',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning'
})
const inlined = inlinedPackages(metafile)
if (inlined.join() !== INLINED.join())
  throw new Error(`The build holds ${inlined.join(', ')}; it should hold ${INLINED.join(', ')}.`)
writeLicences(metafile, { root, file: join(outdir, 'LICENSES.txt') })
// npm does so where it links the command, but not each time it is built.
chmodSync(join(outdir, 'cli.js'), 0o755)
