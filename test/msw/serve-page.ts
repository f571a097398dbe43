/** Serves the page of a test on loopback: its script, bundled with a given MSW, the service worker, and cassettes. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.yaml': 'application/yaml', '.html': 'text/html' }

export interface ServedPage extends AsyncDisposable {
  readonly url: string
  /** What was asked of the server, as `METHOD path`. */
  readonly asked: readonly string[]
}

/**
 * @param packages a folder whose node_modules hold the MSW to be used
 * @param folder of the test's own, for what is built
 */
export async function servePage(packages: string, folder: string): Promise<ServedPage> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build-page.mjs'), join(folder, 'page')])
  await bundle(packages, folder)
  const worker = join(packages, 'node_modules/msw/lib/mockServiceWorker.js')
  const places: readonly (readonly [prefix: string, place: string])[] = [
    ['/mockServiceWorker.js', worker],
    ['/recordings/', join(ROOT, 'recordings/')],
    ['/own/', join(folder, 'own/')],
    ['/script/', join(folder, 'script/')]
  ]
  const asked: string[] = []
  const server = createServer(async ({ method, url = '/' }, response) => {
    asked.push(`${method} ${url}`)
    const found = places.find(([prefix]) => url.startsWith(prefix))
    const file = found && found[1] + url.slice(found[0].length)
    const content = file === undefined ? undefined : await readFile(file).catch(() => undefined)
    // As servers of one-page applications do: the page, whatever is asked for.
    const isPage = content === undefined && extname(url) === ''
    response.writeHead(content || isPage ? 200 : 404, { 'content-type': TYPES[isPage ? '.html' : extname(url)] ?? 'text/plain' })
    response.end(content ?? (isPage ? '<!doctype html><script type="module" src="/script/in-page.js"></script>' : 'Not here.'))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
  }
}

/** As a user's bundler does it: the package's entry for browsers, and chunks that are loaded when they are asked for. */
async function bundle(packages: string, folder: string): Promise<void> {
  await build({
    entryPoints: [join(ROOT, 'test/msw/in-page.mjs')],
    outdir: join(folder, 'script'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
    alias: { 'openai-proxy/msw': join(folder, 'page/msw.js') },
    plugins: [
      {
        name: 'msw',
        setup({ onResolve, resolve }) {
          onResolve({ filter: /^msw(\/|$)/ }, ({ path, kind, pluginData }) =>
            pluginData === 'found' ? undefined : resolve(path, { kind, resolveDir: packages, pluginData: 'found' })
          )
        }
      }
    ]
  })
}
