/** Builds what a page loads of `openai-proxy/msw`: the same code, with small stand-ins for the parts of Node that it uses. */
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { writeLicences } from './licences.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const outdir = resolve(process.argv[2] ?? join(root, 'dist/page'))
const page = (name) => join(root, 'src/msw/page', `${name}.ts`)

/** Of Node's modules, those that have a stand-in. Any other one breaks the build. */
const STAND_INS = { 'node:buffer': 'buffer', 'node:crypto': 'crypto', 'node:stream': 'stream', 'node:zlib': 'zlib' }

/** Files that are others in a page. */
const OTHERS = [
  [/\/src\/config\/pattern-engine\.ts$/, page('pattern-engine')],
  // Its messages in fifty languages, of which English is asked for.
  [/\/zod\/v4\/locales\/index\.js$/, fileURLToPath(new URL('v4/locales/en.js', import.meta.resolve('zod')))]
]

const others = {
  name: 'others',
  setup({ onResolve, resolve: find }) {
    onResolve({ filter: /^\.{1,2}\// }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'found') return undefined
      const found = await find(path, { ...from, pluginData: 'found' })
      const other = OTHERS.find(([which]) => which.test(found.path.replaceAll('\\', '/')))
      return other ? { path: other[1], sideEffects: false } : found
    })
  }
}

rmSync(outdir, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { msw: join(root, 'src/msw-page.ts') },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  external: ['msw'],
  inject: [join(root, 'src/msw/page/inject-buffer.ts')],
  alias: Object.fromEntries(Object.entries(STAND_INS).map(([module, name]) => [module, page(name)])),
  plugins: [others],
  metafile: true,
  logLevel: 'warning'
})
writeLicences(metafile, { root, file: join(outdir, 'LICENSES.txt') })
