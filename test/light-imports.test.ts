/** Keeps the package quick to load: which packages stand behind which entry before anything is asked for, whatever a clock would say. */
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { buildCommand, startCommand } from './cli/command.ts'
import { readSource, sourceFiles, type SourceFile } from './support/source-files.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const run = promisify(execFile)
const files = new Map(sourceFiles().map((file) => [file.path, file]))

/** Modules that a file loads as soon as it is loaded itself: no types, and nothing that waits for an `import()`. */
function loads({ tree, imports }: SourceFile): SourceFile['imports'] {
  const atRunTime = new Set<string>()
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue
    const isType = ts.isImportDeclaration(statement) ? statement.importClause?.isTypeOnly : statement.isTypeOnly
    const specifier = statement.moduleSpecifier
    if (!isType && specifier && ts.isStringLiteral(specifier)) atRunTime.add(specifier.text)
  }
  return imports.filter(({ specifier, isDynamic }) => !isDynamic && atRunTime.has(specifier))
}

/** The packages behind a file, and how many of our own files. */
function behind(entry: string, sources: ReadonlyMap<string, SourceFile> = files): { packages: string[]; own: number } {
  const seen = new Set<string>()
  const packages = new Set<string>()
  const walk = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { file, specifier } of loads(sources.get(path)!)) {
      if (file !== undefined) walk(file)
      else if (!specifier.startsWith('node:')) packages.add(specifier)
    }
  }
  walk(entry)
  return { packages: [...packages].toSorted(), own: seen.size }
}

it('the entry loads no package, and few files', () => {
  const { packages, own } = behind('index.ts')
  expect(packages).toEqual([])
  expect(own).toBeLessThan(15)
})

it('the handlers for MSW load MSW alone, and few files', () => {
  const { packages, own } = behind('msw.ts')
  expect(packages).toEqual(['msw'])
  expect(own).toBeLessThan(20)
})

it('the command line loads its parser of arguments alone', () => {
  const { packages, own } = behind('cli.ts')
  expect(packages).toEqual(['commander'])
  expect(own).toBeLessThan(12)
})

it('a test of vitest loads vitest, and few files: its proxy is another process', () => {
  const { packages, own } = behind('vitest.ts')
  expect(packages).toEqual(['vitest'])
  expect(own).toBeLessThan(15)
})

it('a test in a page finds nothing of Node behind it, now or later', () => {
  const seen = new Set<string>()
  const walk = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { file } of loads(files.get(path)!)) if (file !== undefined) walk(file)
  }
  walk('vitest-page.ts')
  const foreign = [...seen].flatMap((path) =>
    files.get(path)!.imports.filter(({ specifier, isDynamic }) => specifier.startsWith('node:') || isDynamic)
  )
  expect(foreign).toEqual([])
  expect(seen.size).toBeGreaterThan(5)
})

it('a proxy loads no client, no listener and no library of metrics, prices or cassettes before they are needed', () => {
  const heavy = /^(?:mockttp|undici|yaml|prom-client|microdiff|@pydantic\/|@opentelemetry\/|@redis\/)/
  for (const part of ['proxy.ts', 'config/live.ts', 'server/server.ts'])
    expect(
      behind(part).packages.filter((name) => heavy.test(name)),
      part
    ).toEqual([])
})

it('what is loaded late is loaded in one place each', () => {
  const places = (name: RegExp): string[] =>
    [...files.values()].filter(({ text }) => name.test(text.replaceAll(/typeof import\([^)]*\)/g, ''))).map(({ path }) => path)
  expect(places(/(?:import|createRequire\(import\.meta\.url\))\('mockttp'\)/)).toEqual(['server/user-rules.ts'])
  // The whole of undici is five times as much, and puts its own agent behind the `fetch` of the process.
  expect(places(/^import \{.* from 'undici|require\('undici/m)).toEqual(['upstream/undici.ts'])
  expect(behind('upstream/client.ts').packages).toEqual([])
  // By its one object `z` all of it is kept in the build, with its messages in fifty languages.
  expect(places(/import (?:z\b|\{[^}]*\}) from 'zod'/)).toEqual([])
  expect(places(/import\('prom-client'\)/)).toEqual(['inspector/metrics.ts'])
  expect(places(/import\('@pydantic\/genai-prices'\)/)).toEqual(['metering/prices.ts'])
})

it('the entry in use loads what the sources say: no package at all', async () => {
  const folder = buildCommand('light-imports-test').replace(/cli\.js$/, '')
  const { stderr } = await run(
    process.execPath,
    ['--input-type=module', '-e', `await import(${JSON.stringify(`${folder}index.js`)})`],
    {
      env: { PATH: process.env['PATH'], NODE_DEBUG: 'esm,module' }
    }
  )
  expect(stderr).toMatch(/dist\/index\.js/)
  const packages = [...stderr.matchAll(/node_modules\/((?:@[\w-]+\/)?[\w.-]+)/g)].map(([, name]) => name)
  expect([...new Set(packages)].filter((name) => name !== '.cache')).toEqual([])
})

it('the handlers for MSW in use load what MSW loads, and no package more', { timeout: 120_000 }, async () => {
  const folder = buildCommand('light-imports-msw').replace(/cli\.js$/, '')
  const loaded = async (module: string): Promise<Set<string>> => {
    const { stderr } = await run(process.execPath, ['--input-type=module', '-e', `await import(${JSON.stringify(module)})`], {
      env: { PATH: process.env['PATH'], NODE_DEBUG: 'esm' },
      maxBuffer: 1e9
    })
    return new Set([...stderr.matchAll(/node_modules\/((?!\.cache)(?:@[\w-]+\/)?[\w.-]+)/g)].map(([, name]) => name!))
  }
  const own = await loaded(`${folder}msw.js`)
  expect(own).toContain('msw')
  expect(own).toEqual(await loaded('msw'))
})

it('a start loads few files, the parts of undici that send, and no other package than it needs for the first call', async () => {
  await using folder = await temporaryFolder()
  const program = buildCommand('light-imports-start')
  const env = { NODE_DEBUG: 'esm,module' }
  const running = startCommand(program, ['--port', '0', '--mode', 'live'], { cwd: folder.path, env })
  try {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await running.until('OPENAI_BASE_URL'))![0]
    expect((await fetch(`${url}/health`)).status).toBe(200)
  } finally {
    running.process.kill('SIGTERM')
  }
  const { stderr } = await running.ended
  const loaded = [...new Set(stderr.match(/(?<=file:\/\/|load ")\/[^\s'"]+\.[cm]?js/g))]
  const packages = loaded.flatMap((path) => /node_modules\/((?!\.cache)(?:@[\w-]+\/)?[\w.-]+)/.exec(path)?.[1] ?? [])
  expect([...new Set(packages)].toSorted()).toEqual(['@pydantic/genai-prices', 'commander', 'fzstd', 're2js', 'undici'])
  expect(loaded.filter((path) => path.endsWith('undici/index.js'))).toEqual([])
  expect(loaded.filter((path) => path.startsWith(dirname(program))).length).toBeLessThan(90)
})

it('these tests see a package behind another file, and none behind a type or an import() to come', () => {
  const sources = new Map(
    Object.entries({
      'a.ts': "import { b } from './b.ts'\nimport type { Mockttp } from 'mockttp'\nvoid import('undici')",
      'b.ts': "export * from 'yaml'\nexport type { z } from 'zod'"
    }).map(([path, text]) => [path, readSource(path, text)])
  )
  expect(behind('a.ts', sources)).toEqual({ packages: ['yaml'], own: 2 })
})
