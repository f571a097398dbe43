/** Starts processes that spend from a ledger, and adds up what they did. */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { buildFiles } from '../cli/command.ts'

const PROGRAM = fileURLToPath(new URL('spend.mjs', import.meta.url))

/** What every call reserves. */
export const RESERVED = 1000

/** What a call turns out to cost. */
export function actualOf(id: string): number {
  return 100 + ((Number(id.split('-')[1]) * 37) % 800)
}

export interface Spent {
  readonly granted: ReadonlySet<string>
  readonly refused: number
  readonly settled: ReadonlySet<string>
  readonly signal: NodeJS.Signals | null
  readonly code: number | null
}

export interface SpendOptions {
  readonly kind: 'redis' | 'file'
  /** URL or file. */
  readonly place: string
  readonly prefix?: string
  readonly name: string
  readonly calls: number
  readonly limit: number
  /** Ends it by SIGKILL once it has settled so many calls. */
  readonly killAfter?: number
}

/** The sources without their types, for a Node process. */
export function buildSpender(): { readonly spend: (options: SpendOptions) => Promise<Spent>; readonly remove: () => void } {
  const dist = buildFiles(`spender-${process.pid}-${performance.now()}`)
  return { spend: (options) => spend(dist, options), remove: () => rmSync(dirname(dist), { recursive: true, force: true }) }
}

function spend(dist: string, { kind, place, prefix = '', name, calls, limit, killAfter }: SpendOptions): Promise<Spent> {
  const args = [PROGRAM, dist, kind, place, prefix, name, String(calls), String(limit)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const granted = new Set<string>()
  const settled = new Set<string>()
  let refused = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, id = ''] = line.split(' ')
    if (word === 'granted') granted.add(id)
    else if (word === 'settled') settled.add(id)
    else refused += 1
    if (killAfter !== undefined && settled.size >= killAfter) child.kill('SIGKILL')
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ granted, refused, settled, signal, code }))
  })
}

/** What a ledger must hold: a call that is open counts as reserved, every other that was granted by what it cost. */
export function mustHold(spent: readonly Spent[], open: ReadonlySet<string>): number {
  const ids = new Set(spent.flatMap(({ granted }) => [...granted]))
  const done = [...ids].filter((id) => !open.has(id)).reduce((sum, id) => sum + actualOf(id), 0)
  return done + open.size * RESERVED
}
