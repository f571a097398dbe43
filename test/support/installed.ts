/** Packages that only one test needs, each in a folder of its own outside the checkout: installed once, kept for the next run. */
import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Installs packages from the registry, unless they are there.
 * @param specs with their versions: `vitest@3.2.7`
 * @returns the folder that holds them, as `node_modules` does
 */
export async function installed(specs: readonly string[]): Promise<string> {
  const name = specs.join('+').replaceAll(/[^\w.+-]+/g, '_')
  const home = join(tmpdir(), 'openai-proxy-test-packages')
  const folder = join(home, name)
  const modules = join(folder, 'node_modules')
  if (await isThere(modules)) return modules
  await mkdir(home, { recursive: true })
  // Another test may be doing the same: whoever is first puts it in its place.
  const own = await mkdtemp(join(home, `.${name.slice(0, 40)}-`))
  await writeFile(join(own, 'package.json'), '{"private":true}\n')
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  await run('npm', ['install', ...flags, ...specs], { cwd: own, timeout: 240_000 })
  await rename(own, folder).catch(async (error: unknown) => {
    await rm(own, { recursive: true, force: true })
    if (!(await isThere(modules))) throw error
  })
  return modules
}

/** A Node that is at least this new: this one, or one from the registry. */
export async function nodeFrom(major: number, minor: number): Promise<string> {
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number)
  if (ownMajor! > major || (ownMajor === major && ownMinor! >= minor)) return process.execPath
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  return join(await installed([`${name}@${major}`]), name, 'bin', 'node')
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
