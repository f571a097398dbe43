/** A user's project with tests: a folder with a vitest of some major, this package as it would be installed, and an API on loopback. */
import { spawn } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { buildCommand } from '../cli/command.ts'
import { installed, nodeFrom } from '../support/installed.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** The majors that are promised, and one version of each. Of 4 it is the one that runs this test. */
const VERSIONS = { 3: '3.2.7', 4: undefined, 5: '5.1.1' } as const

export type Major = keyof typeof VERSIONS

export const MAJORS: readonly Major[] = [3, 4, 5]

const ROOT_MODULES = resolve('node_modules')

/** Where the packages of a major are. */
async function modulesOf(major: Major): Promise<string> {
  const version = VERSIONS[major]
  return version === undefined ? ROOT_MODULES : installed([`vitest@${version}`])
}

export interface RunResult {
  readonly code: number | null
  /** What both streams said, without colours. */
  readonly output: string
  /** Standard output alone, as it was. */
  readonly stdout: string
}

export interface RunOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Project extends AsyncDisposable {
  readonly path: string
  /** Writes files; those that are there are replaced. */
  write(files: Readonly<Record<string, string>>): Promise<void>
  read(file: string): Promise<string>
  remove(file: string): Promise<void>
  /** The cassettes, below recordings/. */
  recordings(): Promise<string[]>
  /** `vitest run`, as a user would. */
  run(options?: RunOptions): Promise<RunResult>
  /** What a run is spawned with. */
  readonly node: string
  readonly vitest: string
  readonly env: Readonly<Record<string, string>>
}

/** One build for every project of a test file. */
export function buildPackage(name: string): string {
  return dirname(dirname(buildCommand(name)))
}

/** @param modules the folder that holds vitest, where it is none of the usual ones */
export async function vitestProject(
  build: string,
  major: Major,
  files: Readonly<Record<string, string>>,
  modules?: string
): Promise<Project> {
  const folder = await temporaryFolder()
  const own = modules ?? (await modulesOf(major))
  const node = major === 5 ? await nodeFrom(22, 12) : process.execPath
  await placePackages(folder.path, build, own)
  const project: Project = {
    path: folder.path,
    node,
    vitest: join(own, 'vitest', 'vitest.mjs'),
    env: { PATH: `${dirname(node)}:${process.env['PATH'] ?? ''}`, HOME: folder.path, NO_COLOR: '1' },
    async write(written) {
      for (const [name, text] of Object.entries(written)) {
        await mkdir(dirname(folder.file(name)), { recursive: true })
        await writeFile(folder.file(name), text)
      }
    },
    read: (file) => readFile(folder.file(file), 'utf8'),
    remove: (file) => rm(folder.file(file), { recursive: true }),
    async recordings() {
      const names = await readdir(folder.file('recordings'), { recursive: true }).catch(() => [])
      return names.filter((name) => name.endsWith('.yaml')).toSorted()
    },
    run: (options) => run(project, options),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]()
  }
  await project.write({ 'package.json': '{"private":true,"type":"module"}', ...files })
  return project
}

/** A copy of the package, since a link would find the vitest of this checkout; links to everything else. */
async function placePackages(path: string, build: string, modules: string): Promise<void> {
  const own = join(path, 'node_modules', 'openai-proxy')
  await cp(build, own, { recursive: true })
  const { dependencies } = JSON.parse(await readFile(join(build, 'package.json'), 'utf8')) as { dependencies: object }
  const links = [
    [join(path, 'node_modules', 'vitest'), join(modules, 'vitest')],
    ...['openai', '@anthropic-ai/sdk'].map((name) => [join(path, 'node_modules', name), join(ROOT_MODULES, name)]),
    ...Object.keys(dependencies).map((name) => [join(own, 'node_modules', name), join(ROOT_MODULES, name)])
  ]
  for (const [link, target] of links) {
    await mkdir(dirname(link!), { recursive: true })
    await symlink(target!, link!, 'junction')
  }
}

function run(project: Project, { args = [], env = {} }: RunOptions = {}): Promise<RunResult> {
  return runNode(project, [project.vitest, 'run', ...args], env)
}

/** Runs a script of a project. */
export function runScript(project: Project, script: string): Promise<RunResult> {
  return runNode(project, [script], {})
}

async function runNode({ node, path, env }: Project, args: readonly string[], more: RunOptions['env']): Promise<RunResult> {
  const child = spawn(node, args, { cwd: path, env: { ...env, ...more }, timeout: 120_000 })
  let [stdout, output] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done))
  return { code, stdout, output: stripVTControlCharacters(output) }
}

/** A setup file whose proxy calls an API on loopback. The options are code. */
export function setupFor(upstream: { readonly url: string }, options = ''): string {
  return `
    import { createSetup } from 'openai-proxy/vitest/setup'
    export default createSetup({ openaiApiBaseUrl: '${upstream.url}', ${options} })
  `
}

/** A configuration with this setup. The rest of \`test\` is code. */
export function configWith(setup: string, rest = ''): string {
  return `export default { test: { globalSetup: ['${setup}'], ${rest} } }\n`
}

/** The beginning of a test file: its imports, and one call. */
export const HEAD = `
  import OpenAI from 'openai'
  import { test, testWith, expect, describe } from 'openai-proxy/vitest'
  const ask = async (proxy, content, more = {}) => {
    const client = new OpenAI({ ...proxy.openai, maxRetries: 0 })
    const { choices } = await client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }], ...more })
    return choices[0].message.content
  }
`
