/** Projects that hold the files of docs/runners.md as they stand there, with openai-proxy installed, for a runner's own command. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** The files of a section: each is a block of code whose first line names it. */
export function filesOf(heading: string): Map<string, string> {
  const page = readFileSync('docs/runners.md', 'utf8')
  const [, section] = page.split(new RegExp(`^#+ ${heading.replaceAll(/[.*+?^$()[\]{}|\\]/g, String.raw`\$&`)}$`, 'm'))
  if (section === undefined) throw new Error(`docs/runners.md has no section ${heading}.`)
  const [own = ''] = section.split(/^#+ (?=\S)(?!.*\.(?:py|mjs|c?js)$)/m)
  const blocks = own.matchAll(/^```\w+\n(?:\/\/|#) (\S+)\n(.*?)^```$/gms)
  return new Map([...blocks].map(([, name, text]) => [name!, text!]))
}

export interface Run {
  /** `null`: it had to be ended, since it did not end by itself. */
  readonly code: number | null
  readonly output: string
}

export interface Project extends AsyncDisposable {
  readonly path: string
  /** Runs a program in it; a program that does not end is ended, and that is told. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Run>
}

/** Longest time for a run, in milliseconds: an open handle would hold it for ever. */
const LONGEST = 100_000

/**
 * @param program the built command line, beside whose sources the package is
 * @param heading of the section
 * @param packages folders of more packages, by name
 */
export async function makeProject(
  program: string,
  heading: string,
  packages: Readonly<Record<string, string>> = {}
): Promise<Project> {
  const folder = await temporaryFolder()
  const modules = folder.file('node_modules')
  await mkdir(folder.file('recordings'), { recursive: true })
  await mkdir(modules)
  const all = { 'openai-proxy': dirname(dirname(program)), openai: resolve('node_modules/openai'), ...packages }
  for (const [name, path] of Object.entries(all)) await symlink(path, join(modules, name), 'dir')
  await copyFile('recordings/quickstart.yaml', folder.file('recordings/capital.yaml'))
  await writeFile(folder.file('package.json'), '{"private":true}\n')
  for (const [name, text] of filesOf(heading)) await writeFile(folder.file(name), text)
  return {
    path: folder.path,
    run: (command, args, env = {}) => runHere(command, args, { cwd: folder.path, env }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]()
  }
}

function runHere(
  command: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }
): Promise<Run> {
  return new Promise((done, fail) => {
    // A runner that finds itself within another one behaves differently.
    const variables = { PATH: process.env['PATH'] ?? '', HOME: cwd, CI: 'true', ...env }
    const child = spawn(command, args, { cwd, env: variables, timeout: LONGEST, killSignal: 'SIGKILL' })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void (output += chunk.toString()))
    child.once('error', fail)
    child.once('close', (code) => done({ code, output }))
  })
}
