/** The facts of this machine: what it has, what it lacks, how busy it is. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg, totalmem } from 'node:os'
import { join, resolve } from 'node:path'

const BENCH = resolve(import.meta.dirname, '..')

/** The checkout. */
export const ROOT = resolve(BENCH, '..')

/** Debian's package of a program. */
const PACKAGES = { nginx: 'nginx-light', mitmdump: 'mitmproxy', java: 'default-jre-headless', wrk: 'wrk', taskset: 'util-linux' }

/** Where programs of a system are that a user's PATH may leave out. */
const PLACES = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']

/** The path of a program. */
export function findProgram(name) {
  return PLACES.map((place) => join(place, name)).find((path) => existsSync(path))
}

/** Whether a program is installed. */
export const hasProgram = (name) => findProgram(name) !== undefined

/** Words for a row whose program is not installed, else `undefined`. */
export function missingProgram(name) {
  return hasProgram(name) ? undefined : `not at hand: apt-get install ${PACKAGES[name] ?? name}`
}

/** The folder of a package: a peer's beside this harness, else one of the checkout's. */
export function packageFolder(name) {
  return [BENCH, ROOT].map((folder) => join(folder, 'node_modules', name)).find((path) => existsSync(join(path, 'package.json')))
}

/** Words for a row whose package is not installed, else `undefined`. */
export function missingPackage(name) {
  return packageFolder(name) ? undefined : 'not at hand: npm ci --prefix bench --ignore-scripts'
}

const versionOf = (name) => {
  const folder = packageFolder(name)
  return folder === undefined ? undefined : JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}

/** A library of the peers, as a program would import it. */
export const requirePeer = createRequire(join(BENCH, 'package.json'))

function saidVersion(name, flag) {
  const program = findProgram(name)
  if (program === undefined) return undefined
  const { stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8', timeout: 20_000 })
  return /\d+(?:\.\d+)+/.exec(`${stdout}${stderr}`)?.[0]
}

const LIBRARIES = [
  'talkback',
  'mountebank',
  'mockttp',
  'wiremock',
  '@portkey-ai/gateway',
  'msw',
  'nock',
  '@pollyjs/core',
  'undici',
  'vitest'
]

/** Versions of everything that is measured. */
export function versions() {
  const programs = { nginx: '-v', mitmdump: '--version', java: '-version', wrk: '-v' }
  const found = [
    ['Node', process.versions.node],
    ...LIBRARIES.map((name) => [name, versionOf(name)]),
    ...Object.entries(programs).map(([name, flag]) => [name, saidVersion(name, flag)])
  ]
  return found.map(([name, version]) => [name, version ?? 'not at hand'])
}

/** How many may run at once before this is measured: what others leave over must be nearly all. */
export const QUIET = 0.3

/** What a reader of figures must know of the machine. */
export function machine() {
  const list = cpus()
  return {
    model: list[0]?.model.trim() ?? 'unknown',
    cores: list.length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    kernel:
      /Linux version (\S+)/.exec(existsSync('/proc/version') ? readFileSync('/proc/version', 'utf8') : '')?.[1] ??
      process.platform,
    load: loadavg()[0],
    files: Number(/Max open files\s+(\d+)/.exec(readLimits())?.[1] ?? 1024)
  }
}

const readLimits = () =>
  existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8').replace(/(\S)\s{2,}(\d+)\s+(\d+)/g, '$1  $3') : ''

/** One core for the system; the load and the upstream have the others. */
export function coresFor(count) {
  return { system: '0', load: count > 2 ? `1-${count - 1}` : count === 2 ? '1' : '0', all: count > 1 ? `0-${count - 1}` : '0' }
}
