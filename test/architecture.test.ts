/** Keeps the house as DESIGN draws it: floors, no circles, floors without a world, and how a file reads. */
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { lineOf, readSource, sourceFiles, visitNodes, type SourceFile } from './support/source-files.ts'

/** A folder's floor; files at the top of src/ have their own. */
const FLOORS: Readonly<Record<string, number>> = {
  http: 0,
  disk: 0,
  providers: 1,
  redaction: 1,
  metering: 1,
  faults: 1.5,
  firewall: 2,
  cassettes: 2,
  pipeline: 3,
  server: 4,
  upstream: 4,
  log: 4,
  inspector: 4,
  config: 4,
  sessions: 5,
  'proxy.ts': 5,
  'tapes.ts': 5,
  'folder-tapes.ts': 5,
  'tape-faults.ts': 5,
  'list-cassettes.ts': 5,
  'secret-book.ts': 5,
  'open-faults.ts': 5,
  'open-inside.ts': 5,
  'open-spending.ts': 5,
  'open-ledger.ts': 5,
  'play-tape.ts': 5,
  'open-sinks.ts': 5,
  'open-console.ts': 5,
  'open-server.ts': 5,
  'open-tapes.ts': 5,
  'open-upstream.ts': 5,
  'local-answers.ts': 5,
  'addresses.ts': 5,
  'group-by.ts': 5,
  'shared-parts.ts': 5,
  'system-clock.ts': 5,
  'version.ts': 5,
  'index.ts': 6,
  'vitest.ts': 6,
  'vitest-page.ts': 6,
  'vitest-setup.ts': 6,
  vitest: 6,
  'cli.ts': 6,
  'msw.ts': 6,
  'msw-page.ts': 6,
  msw: 6,
  commands: 6,
  workers: 6
}

/** Floors up to this one touch no network, no disk and no clock. */
const LAST_PURE_FLOOR = 3

/** The files of the pure floors that may touch the disk or the network: where cassettes and ledgers live. */
const WORLDLY_FILES = new Set([
  'disk/make-folder.ts',
  'disk/lock-file.ts',
  'cassettes/file-store.ts',
  'cassettes/quietly.ts',
  'cassettes/side-files.ts',
  'cassettes/write-lock.ts',
  'metering/file-ledger.ts',
  'metering/file-lock.ts',
  'metering/journal-file.ts',
  'metering/redis-connection.ts'
])

/** What a pure file may take from Node: bytes in, bytes out. `undefined`: anything of that module. */
const PURE_MODULES: Readonly<Record<string, readonly string[] | undefined>> = {
  'node:zlib': undefined,
  'node:stream': undefined,
  'node:buffer': undefined,
  // Names of files, not files.
  'node:path': undefined,
  'node:crypto': ['createHash', 'Hash', 'hash', 'timingSafeEqual']
}

/** Packages that reach the world by themselves. */
const WORLDLY_PACKAGES = /^(undici|mockttp|rotating-file-stream|commander|ws)(\/|$)/

const WORLDLY_NAMES = new Set(
  'setTimeout setInterval setImmediate fetch process console performance WebSocket XMLHttpRequest require'.split(' ')
)

const FORBIDDEN_WORDS = new Set(
  'fixture snapshot mock middleware hook handler manager helper util utility common misc'
    .split(' ')
    .flatMap((word) => [word, `${word}s`])
)

/** Names that say what another library calls the thing. */
const NAMED_BY_OTHERS = new Set(['cassetteHandlers'])

const files = sourceFiles()
const byPath = new Map(files.map((file) => [file.path, file]))

function room(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path
}

function floor(path: string): number {
  return FLOORS[room(path)] ?? Number.NaN
}

/** Places in a file where a check finds something, as `path:line`. */
function places(file: SourceFile, finds: (node: ts.Node) => boolean): string[] {
  const found: string[] = []
  visitNodes(file.tree, (node) => {
    if (finds(node)) found.push(`${file.path}:${lineOf(node)}: ${node.getText().slice(0, 60)}`)
  })
  return found
}

function wrongImports(file: SourceFile): string[] {
  return file.imports.flatMap(({ file: target, specifier }) => {
    if (target === undefined) return []
    const from = floor(file.path)
    const to = floor(target)
    const sameRoom = room(target) === room(file.path) || (from === to && from >= 5)
    return sameRoom || to < from ? [] : [`${file.path} (floor ${from}) imports ${specifier} (floor ${to})`]
  })
}

/** A circle of imports, as the files it passes; empty where there is none. */
function findCircle(sources: ReadonlyMap<string, SourceFile>): string[] {
  const done = new Set<string>()
  function walk(path: string, way: readonly string[]): string[] {
    const start = way.indexOf(path)
    if (start !== -1) return [...way.slice(start), path]
    if (done.has(path)) return []
    for (const { file } of sources.get(path)?.imports ?? []) {
      const circle = file === undefined ? [] : walk(file, [...way, path])
      if (circle.length > 0) return circle
    }
    done.add(path)
    return []
  }
  return [...sources.keys()].map((path) => walk(path, [])).find((circle) => circle.length > 0) ?? []
}

function isPure(file: SourceFile): boolean {
  return floor(file.path) <= LAST_PURE_FLOOR && !WORLDLY_FILES.has(file.path)
}

function worldlyImports(file: SourceFile): string[] {
  return file.imports.flatMap(({ specifier, names, file: target }) => {
    if (target !== undefined) return []
    if (!specifier.startsWith('node:')) return WORLDLY_PACKAGES.test(specifier) ? [`${file.path}: ${specifier}`] : []
    if (!Object.hasOwn(PURE_MODULES, specifier)) return [`${file.path}: ${specifier}`]
    const allowed = PURE_MODULES[specifier]
    return names.filter((name) => allowed && !allowed.includes(name)).map((name) => `${file.path}: ${name} of ${specifier}`)
  })
}

/** A use of the clock, of chance or of a global that reaches outside. */
function isWorldly(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node))
    return /^(Date\.now|Math\.random|crypto\.(randomUUID|getRandomValues))$/.test(node.getText())
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && !node.arguments?.length
  if (!ts.isIdentifier(node) || !WORLDLY_NAMES.has(node.text)) return false
  const { parent } = node
  const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node
  const isName = 'name' in parent && parent.name === node
  return !isMember && !isName
}

/** What adds to the types of a package, and makes nothing of its own: `declare module 'vitest'`, `declare global`. */
function isAugmentation(node: ts.ModuleDeclaration): boolean {
  const isGlobal = (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0
  return isGlobal || ts.isStringLiteral(node.name) || (ts.isModuleBlock(node.parent) && isAugmentation(node.parent.parent))
}

/** A declaration's own name, split into its words. */
function declaredWords(node: ts.Node): string[] {
  const isDeclaration =
    ts.isFunctionLike(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node)
  const name = isDeclaration && node.name && ts.isIdentifier(node.name) ? node.name.text : ''
  if (NAMED_BY_OTHERS.has(name)) return []
  return name.split(/(?=[A-Z])|_/).map((word) => word.toLowerCase())
}

/** Lines of a function without those of the functions inside it. */
function ownLines(node: ts.Node): number {
  let inner = 0
  const subtract = (child: ts.Node): void => {
    if (isFunction(child)) inner += lineCount(child) - 1
    else ts.forEachChild(child, subtract)
  }
  ts.forEachChild(node, subtract)
  return lineCount(node) - inner
}

function isFunction(node: ts.Node): boolean {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

function lineCount(node: ts.Node): number {
  return node.getText().split('\n').length
}

describe('the floors', () => {
  it('finds the files it is to keep', () => {
    expect(files.length).toBeGreaterThan(40)
    expect(files.map(({ path }) => path).filter((path) => Number.isNaN(floor(path)))).toEqual([])
  })

  it('lets a file import only from its own room and from floors below', () => {
    expect(files.flatMap(wrongImports)).toEqual([])
  })

  it('has no circle, of types neither', () => {
    expect(findCircle(byPath)).toEqual([])
  })

  it('has no import that leads nowhere', () => {
    const missing = files.flatMap(({ path, imports }) =>
      imports.filter(({ file }) => file !== undefined && !byPath.has(file)).map(({ specifier }) => `${path}: ${specifier}`)
    )
    expect(missing).toEqual([])
  })

  it('imports the list of a folder (index.ts) only from outside of it', () => {
    const own = files.flatMap(({ path, imports }) =>
      imports.filter(({ specifier }) => specifier === './index.ts').map(() => path)
    )
    expect(own.filter((path) => path.includes('/'))).toEqual([])
  })
})

describe('the pure floors', () => {
  it('import no network, no disk and no clock', () => {
    expect(files.filter(isPure).flatMap(worldlyImports)).toEqual([])
  })

  it('read no clock, no chance and no environment', () => {
    expect(files.filter(isPure).flatMap((file) => places(file, isWorldly))).toEqual([])
  })
})

describe('how a file reads', () => {
  it('says in its first line what it does', () => {
    const silent = files.filter(({ text }) => !/^(#!.*\n)?\/\*\*( \S.*[.:)] \*\/)?\n/.test(text)).map(({ path }) => path)
    expect(silent).toEqual([])
  })

  it('has at most 250 lines', () => {
    expect(files.filter(({ text }) => text.trimEnd().split('\n').length > 250).map(({ path }) => path)).toEqual([])
  })

  it('has functions that fit on a screen', () => {
    const long = files.flatMap((file) => places(file, (node) => isFunction(node) && ownLines(node) > 50))
    expect(long).toEqual([])
  })

  it('has no any, no enum, no default export, no namespace', () => {
    const finds = (node: ts.Node): boolean =>
      node.kind === ts.SyntaxKind.AnyKeyword ||
      ts.isEnumDeclaration(node) ||
      (ts.isModuleDeclaration(node) && !isAugmentation(node)) ||
      ts.isExportAssignment(node) ||
      (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent))
    expect(files.flatMap((file) => places(file, finds))).toEqual([])
  })

  it('has kebab-case names, none of them a word that says nothing', () => {
    const names = files.filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9-]+(\.data)?\.ts$/.test(path)).map(({ path }) => path)
    const words = files.flatMap((file) => [
      ...file.path
        .split(/[/.-]/)
        .filter((word) => FORBIDDEN_WORDS.has(word))
        .map((word) => `${file.path}: ${word}`),
      ...places(file, (node) => declaredWords(node).some((word) => FORBIDDEN_WORDS.has(word)))
    ])
    expect({ names, words }).toEqual({ names: [], words: [] })
  })
})

describe('these tests themselves', () => {
  const sources = (texts: Readonly<Record<string, string>>): Map<string, SourceFile> =>
    new Map(Object.entries(texts).map(([path, text]) => [path, readSource(path, text)]))

  it('see an import that goes up, also of a type or at run time', () => {
    for (const line of [
      "import type { A } from '../pipeline/a.ts'",
      "export * from '../pipeline/a.ts'",
      "void import('../pipeline/a.ts')"
    ]) {
      expect(wrongImports(readSource('firewall/x.ts', line))).toEqual([
        'firewall/x.ts (floor 2) imports ../pipeline/a.ts (floor 3)'
      ])
    }
    expect(wrongImports(readSource('firewall/x.ts', "import { A } from '../cassettes/a.ts'"))).toHaveLength(1)
    expect(wrongImports(readSource('firewall/x.ts', "import { A } from '../http/a.ts'"))).toEqual([])
  })

  it('see a circle of three', () => {
    const circle = sources({
      'http/a.ts': "import './b.ts'",
      'http/b.ts': "export * from './c.ts'",
      'http/c.ts': "import './a.ts'"
    })
    expect(findCircle(circle)).toEqual(['http/a.ts', 'http/b.ts', 'http/c.ts', 'http/a.ts'])
  })

  it('see the clock, chance, the disk and random ids', () => {
    for (const line of ['Date.now()', 'new Date()', 'Math.random()', 'setTimeout(f)', 'process.env', 'crypto.randomUUID()']) {
      expect(places(readSource('http/x.ts', line), isWorldly), line).not.toEqual([])
    }
    for (const line of ['new Date(1)', 'it.process()', 'const a = { fetch: 1 }']) {
      expect(places(readSource('http/x.ts', line), isWorldly), line).toEqual([])
    }
    expect(worldlyImports(readSource('http/x.ts', "import { readFile } from 'node:fs'"))).toHaveLength(1)
    expect(worldlyImports(readSource('http/x.ts', "import { randomUUID, createHash } from 'node:crypto'"))).toHaveLength(1)
  })
})
