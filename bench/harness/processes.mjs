/** Starts programs on chosen cores, and ends every one that it started, by its id. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { within } from './deadline.mjs'
import { hasProgram } from './machine.mjs'
import { treeOf } from './process-tree.mjs'

const running = new Set()
const canPin = hasProgram('taskset')

/** Puts this process, and so whatever it starts without saying where, on some cores. */
export function pinSelf(cores) {
  if (canPin) spawnSync('taskset', ['-cp', cores, String(process.pid)])
}

const isAlive = (child) => child.exitCode === null && child.signalCode === null

/**
 * @param program `{ command, args, env?, cwd?, cores? }`
 * @returns `{ pid, child, said(), end() }`; `said` is the end of what it printed
 */
export function start({ command, args = [], env = {}, cwd, cores, input = 'ignore' }) {
  const [program, list] = canPin && cores ? ['taskset', ['-c', cores, command, ...args]] : [command, args]
  const child = spawn(program, list, { cwd, env: { ...plainEnvironment(), ...env }, stdio: [input, 'pipe', 'pipe'] })
  let tail = ''
  let output = ''
  const hear = (text) => (tail = (tail + text).slice(-2000))
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output = (output + text).slice(-200_000)
    hear(text)
  })
  child.stderr.setEncoding('utf8').on('data', hear)
  child.on('error', (error) => hear(error.message))
  const started = {
    pid: child.pid,
    child,
    isAlive: () => isAlive(child),
    said: () => tail.trim(),
    output: () => output,
    end: () => end(child)
  }
  running.add(child)
  child.once('close', () => running.delete(child))
  return started
}

/** A program from its start to its end: what it printed, and how long it took. */
export async function run(program, seconds = 60) {
  const before = performance.now()
  const started = start(program)
  try {
    const closed = once(started.child, 'close')
    const [code] = await within(seconds, program.command, closed)
    const ms = performance.now() - before
    if (code !== 0) throw new Error(`${program.command} ended with ${code}: ${lastLines(started.said())}`)
    return { ms, output: started.output() }
  } finally {
    await started.end()
  }
}

/** The last lines that a program said, on one. */
export function lastLines(text) {
  return text.split('\n').slice(-3).join(' / ').slice(-300)
}

/** A run's own settings must not come from who runs it. */
function plainEnvironment() {
  const { PATH, HOME, LANG, TMPDIR } = process.env
  return Object.fromEntries(
    Object.entries({ PATH, HOME, LANG, TMPDIR, NO_COLOR: '1' }).filter(([, value]) => value !== undefined)
  )
}

const kill = (pid, signal) => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}

async function end(child) {
  if (!isAlive(child) || child.pid === undefined) return
  const tree = treeOf(child.pid)
  const closed = once(child, 'exit')
  kill(child.pid, 'SIGTERM')
  await within(5, 'ending', closed).catch(() => undefined)
  // What outlived its parent, and what did not hear.
  for (const pid of tree) kill(pid, 'SIGKILL')
  await within(5, 'ending', isAlive(child) ? closed : Promise.resolve()).catch(() => undefined)
}

/** Ends what still runs. */
export async function endAll() {
  await Promise.all([...running].map(end))
}

/** The same where nothing can be waited for. */
export function endAllNow() {
  for (const child of running) if (child.pid !== undefined) for (const pid of treeOf(child.pid)) kill(pid, 'SIGKILL')
}
