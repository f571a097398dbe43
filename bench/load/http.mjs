/** Runs a load as a process of its own: wrk where it is installed, else our own closed loop. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../harness/machine.mjs'
import { run } from '../harness/processes.mjs'

let loads = 0

/** How the loads of this run are made. */
export const loadName = () => (findProgram('wrk') ? 'wrk' : 'our own client (wrk is not at hand: apt-get install wrk)')

/** Measures with our own client, which knows when the first byte of each answer came. */
export async function preciseLoad(load, folder) {
  return checked(await ownLoad(load, folder), load)
}

async function ownLoad(load, folder) {
  const file = join(folder, `load-${(loads += 1)}.json`)
  writeFileSync(file, JSON.stringify(load))
  const loop = join(import.meta.dirname, 'closed-loop.mjs')
  const { output } = await run({ command: process.execPath, args: [loop, file] }, load.seconds + 15)
  return JSON.parse(output)
}

/** Where a slow system answered nothing at all, it is given longer, once. */
const LONGER = 5

/** Measures requests a second, and their times in milliseconds. */
export async function httpLoad(load, folder) {
  const measure = findProgram('wrk') ? wrkLoad : ownLoad
  let result = await measure(load, folder)
  if (result.requests === 0) result = await measure({ ...load, seconds: load.seconds * LONGER }, folder)
  return checked(result, load)
}

async function wrkLoad(load, folder) {
  const file = join(folder, `bodies-${(loads += 1)}.txt`)
  writeFileSync(file, `${load.bodies.join('\n')}\n`)
  const script = join(import.meta.dirname, 'bodies.lua')
  const wrk = findProgram('wrk')
  const args = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '10s', '-s', script, load.url, '--', file]
  const { output } = await run({ command: wrk, args: [...args, ...Object.entries(load.headers ?? {}).flat()] }, load.seconds + 20)
  return JSON.parse(output.trim().split('\n').at(-1))
}

/** Figures of answers that were errors say nothing, unless it was errors that were asked for. */
function checked(result, { mayFail = false }) {
  if (result.requests === 0) throw new Error('no request was answered in time')
  if (result.errors > 0 && !mayFail) throw new Error(`${result.errors} of ${result.requests} answers were errors`)
  return { ...result, rate: result.requests / result.seconds }
}
