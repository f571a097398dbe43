/** Runs the command line as a program of its own, built as it is published, in a Node process. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WriteStream } from 'node:tty'
import ts from 'typescript'
import { runLine } from '../../src/commands/run-line.ts'
import { VERSION } from '../../src/version.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Builds the program as it is published and gives its path. Within node_modules, so that packages are found. */
export function buildCommand(name: string): string {
  const dist = join(emptyPackage(name), 'dist')
  execFileSync(process.execPath, [join(ROOT, 'scripts/build-program.mjs'), dist], { stdio: ['ignore', 'ignore', 'inherit'] })
  return join(dist, 'cli.js')
}

/** Strips the types of src/, file by file, for programs that run a part of it, and gives the folder. */
export function buildFiles(name: string): string {
  const dist = join(emptyPackage(name), 'dist')
  const options = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true
  }
  for (const file of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const target = join(dist, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    const text = readFileSync(join(ROOT, 'src', file), 'utf8')
    writeFileSync(target, ts.transpileModule(text, { compilerOptions: options }).outputText)
  }
  return dist
}

function emptyPackage(name: string): string {
  const folder = join(ROOT, 'node_modules', '.cache', `openai-proxy-${name}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  return folder
}

export interface Result {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly process: ChildProcess
  /** What it has written so far. */
  readonly output: () => { readonly stdout: string; readonly stderr: string }
  /** Waits until its standard output holds a text; rejects when it ends before. */
  until(text: string): Promise<string>
  readonly ended: Promise<Result>
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** For Node itself, before the program. */
  readonly nodeArgs?: readonly string[]
}

/** Starts it with no variables but those given. */
export function startCommand(program: string, args: readonly string[], { cwd, env = {}, nodeArgs = [] }: RunOptions): Running {
  const child = spawn(process.execPath, [...nodeArgs, program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env }
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Result>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return {
    process: child,
    output: () => ({ stdout, stderr }),
    ended,
    until(text) {
      return new Promise((resolve, reject) => {
        const look = (): void => void (stdout.includes(text) && resolve(stdout))
        child.stdout.on('data', look)
        look()
        void ended.then((result) => reject(new Error(`It ended without "${text}":\n${result.stdout}${result.stderr}`)))
      })
    }
  }
}

/**
 * Runs a line that starts no proxy in this process, to its end: quicker, and seen by coverage. As from a shell of its own: in that
 * folder, with no variables but those given, and no terminal.
 */
export async function runHere(args: readonly string[], { cwd, env = {} }: RunOptions): Promise<Result> {
  const written = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof written): WriteStream =>
    ({ write: (text: string) => ((written[name] += text), true) }) as unknown as WriteStream
  const { env: before } = process
  const folder = process.cwd()
  process.env = { PATH: before['PATH'], ...env }
  process.chdir(cwd)
  try {
    const around = {
      version: VERSION,
      env: process.env,
      cwd,
      stdin: process.stdin,
      stdout: stream('stdout'),
      stderr: stream('stderr')
    }
    const code = await runLine(args, around, () => Promise.reject(new Error('This line starts a proxy.')))
    return { code, signal: null, ...written }
  } finally {
    process.chdir(folder)
    process.env = before
  }
}

/** Runs it to its end. */
export async function runCommand(program: string, args: readonly string[], options: RunOptions): Promise<Result> {
  return startCommand(program, args, options).ended
}
