/** Uses the package as a stranger would: packs it, installs the tarball in an empty folder, and runs what the README promises. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import assert from 'node:assert/strict'

const root = fileURLToPath(new URL('..', import.meta.url))
const quickstart = join(root, 'recordings/quickstart.yaml')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What the tarball may hold besides dist/. */
const TOP_FILES = ['.env-example', 'CHANGELOG.md', 'LICENSE', 'README.md', 'docs/cassette.schema.json', 'package.json']

const folder = mkdtempSync(join(tmpdir(), 'openai-proxy-package-'))
// A parent `npm run` must not tell the child npm where its root is.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(config_local_prefix|package_|lifecycle_|command$)/.test(name))
)
const npm = (...args) => execFileSync('npm', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
const npx = (...args) => npm('exec', '--no', '--', 'openai-proxy', ...args)

function pack() {
  const [{ filename, files, size }] = Object.values(
    JSON.parse(
      execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
        cwd: root,
        env,
        encoding: 'utf8'
      })
    )
  )
  const paths = files.map(({ path }) => path)
  assert.deepEqual(
    paths.filter((path) => !path.startsWith('dist/')).toSorted(),
    TOP_FILES,
    'the tarball holds other files than it should'
  )
  const built = [
    'cli.js',
    'worker.js',
    'index.d.ts',
    'msw.d.ts',
    'msw-page.d.ts',
    'page/msw.js',
    'LICENSES.txt',
    'page/LICENSES.txt'
  ].map((path) => `dist/${path}`)
  assert.ok(
    built.every((path) => paths.includes(path)),
    'the tarball lacks the build: run npm run build'
  )
  console.log(`packed ${filename}: ${paths.length} files, ${Math.round(size / 1024)} KiB`)
  return join(folder, filename)
}

/** Starts the installed command and gives its address once it says so. */
async function startReplay() {
  const bin = join(folder, 'node_modules/.bin/openai-proxy')
  const child = spawn(bin, ['--port', '0', '--replay', quickstart], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  const url = await new Promise((found, fail) => {
    const timer = setTimeout(() => fail(new Error(`no address within 30 s; printed:\n${printed}`)), 30_000)
    child.once('exit', (code) => fail(new Error(`it ended with code ${code}; printed:\n${printed}`)))
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        printed += text
        const address = /OPENAI_BASE_URL=(http:\/\/\S+?)\/v1\s/.exec(printed)?.[1]
        if (address === undefined) return
        clearTimeout(timer)
        found(address)
      })
    }
  })
  child.removeAllListeners('exit')
  return { child, url }
}

/** The README's three curl commands. */
function readmeRequests() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  return [...readme.matchAll(/^curl .*?http:\/\/localhost:8000(\/v1\/\S+) [\s\S]*?-d '([^']+)'/gm)].map(([, path, body]) => ({
    path,
    body
  }))
}

async function replay() {
  assert.ok(existsSync(quickstart), 'recordings/quickstart.yaml is missing: the README promises it')
  const { child, url } = await startReplay()
  try {
    const requests = readmeRequests()
    assert.equal(requests.length, 3, 'the README no longer shows three curl commands')
    for (const { path, body } of requests) {
      const response = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      const text = await response.text()
      assert.equal(response.status, 200, `${path}: ${response.status} ${text}`)
      assert.ok(text.length > 100, `${path}: an empty answer`)
      console.log(`replayed ${path}: ${response.headers.get('content-type')}, ${text.length} characters`)
    }
  } finally {
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    assert.equal(code, 0, `it ended with code ${code} on SIGTERM`)
  }
}

/** `import 'openai-proxy'` in a stranger's module, without a socket. */
function importIt() {
  const code = `
    import { startProxy } from 'openai-proxy'
    const proxy = await startProxy({ mode: 'replay', cassette: ${JSON.stringify(quickstart)}, listen: false, logFile: false })
    const response = await proxy.fetch(proxy.openaiBaseURL + '/models')
    if (response.status !== 404) throw new Error('a miss was answered with ' + response.status)
    await proxy.close()
    console.log('imported and closed')
  `
  writeFileSync(join(folder, 'use.mjs'), code)
  process.stdout.write(execFileSync(process.execPath, ['use.mjs'], { cwd: folder, env, encoding: 'utf8' }))
}

try {
  const tarball = pack()
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}\n')
  npm('install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', tarball)
  assert.equal(npx('--version').trim(), version)
  assert.match(npx('--help'), /--replay/)
  console.log(`npx openai-proxy --version, --help: ${version}`)
  await replay()
  importIt()
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
