/** What Linux tells of a process and of those that it started: processor time, memory. */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

const TICKS = Number(tryTo(() => execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) ?? 100)

function tryTo(work) {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** The fields of /proc/PID/stat from the third on; names of programs may hold blanks. */
function statOf(pid) {
  const text = tryTo(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** A process and all below it, the deepest last. */
export function treeOf(pid) {
  const parents = new Map()
  for (const name of tryTo(() => readdirSync('/proc')) ?? []) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(statOf(name)?.[1])
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const tree = [pid]
  for (const one of tree) tree.push(...(parents.get(one) ?? []))
  return tree
}

/** Seconds of the processor that a tree has used, its ended children included. */
export function cpuSeconds(pid) {
  const ticks = treeOf(pid).map((one) => {
    const [user, system, endedUser, endedSystem] = (statOf(one) ?? []).slice(11, 15).map(Number)
    return (user ?? 0) + (system ?? 0) + (one === pid ? (endedUser ?? 0) + (endedSystem ?? 0) : 0)
  })
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS
}

/** Lets the highest memory of a tree begin anew, so that what its start took does not count. */
export function forgetPeak(pid) {
  for (const one of treeOf(pid)) tryTo(() => writeFileSync(`/proc/${one}/clear_refs`, '5'))
}

/** Megabytes of a tree: `VmRSS` now, `VmHWM` at most so far. */
export function megabytes(pid, field) {
  const sizes = treeOf(pid).map((one) => {
    const status = tryTo(() => readFileSync(`/proc/${one}/status`, 'utf8')) ?? ''
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0)
  })
  return sizes.reduce((sum, one) => sum + one, 0) / 1024
}
