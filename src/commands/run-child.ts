/** `openai-proxy … -- COMMAND`: runs a command while the proxy does, and says what was missed. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { ChildOptions } from '../config/command-line.ts'
import type { Mode } from '../pipeline/source.ts'
import type { ConfiguredProxy } from '../proxy.ts'
import { runFacts, type ToldProxy } from './run-facts.ts'
import { runReport } from './run-report.ts'
import { writeRunReports } from './write-run-reports.ts'

export interface ChildParts extends ChildOptions {
  readonly mode: Mode
  readonly version: string
  readonly startProxy: () => Promise<ToldProxy & Pick<ConfiguredProxy, 'url' | 'env' | 'idle' | 'close'>>
  /** One line on standard error. */
  readonly report: (line: string) => void
  /** Standard output. */
  readonly write: (text: string) => void
}

/** As a shell says it: not found, and not to be run. */
const NOT_FOUND = 127
const NOT_RUN = 126

/** The exit code of a command that went well while something was missed, or, strictly, left unused. */
const EXIT_MISSED = 1

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/**
 * The command gets the proxy's addresses and placeholder keys as variables, and our signals.
 * @returns its exit code (128 and the signal's number where one ended it); 1 where it went well but something was missed
 * @throws whatever starting the proxy throws
 */
export async function runChild(parts: ChildParts): Promise<number> {
  const { command, startProxy, report } = parts
  const proxy = await startProxy()
  try {
    const code = await run(command, { ...process.env, ...proxy.env, OPENAI_PROXY_URL: proxy.url }, report)
    const isGood = await tell(proxy, parts)
    return code === 0 && !isGood ? EXIT_MISSED : code
  } finally {
    await proxy.close()
  }
}

/** Reports the run. @returns whether nothing was missed, nor, strictly, left unused */
async function tell(
  proxy: ToldProxy & Pick<ConfiguredProxy, 'idle'>,
  { strict, mode, reports: targets, version, report, write }: ChildParts
): Promise<boolean> {
  try {
    await proxy.idle()
    const facts = runFacts(proxy, mode)
    for (const line of runReport(facts)) report(line)
    await writeRunReports(facts, { targets, strict, version, write })
    return facts.counts.missed === 0 && !(strict && facts.unused.length > 0)
  } catch (error) {
    report(error instanceof Error ? error.message : String(error))
    return false
  }
}

function run(command: readonly string[], env: NodeJS.ProcessEnv, report: (line: string) => void): Promise<number> {
  const [program, ...args] = command as [string, ...string[]]
  return new Promise((resolve) => {
    // On Windows `npm` is a script that only a shell runs.
    const child = spawn(program, args, { env, stdio: 'inherit', shell: process.platform === 'win32' })
    // A terminal sends its signals to the child too; a second one there does no harm.
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
    for (const signal of SIGNALS) process.on(signal, forward)
    const end = (code: number): void => {
      for (const signal of SIGNALS) process.off(signal, forward)
      resolve(code)
    }
    child.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      report(
        code === 'ENOENT' ? `There is no program ${program}. Install it, or name it with its path.` : `${program}: ${message}`
      )
      end(code === 'ENOENT' ? NOT_FOUND : NOT_RUN)
    })
    child.once('close', (code, signal) => end(signal === null ? (code ?? 1) : 128 + constants.signals[signal]))
  })
}
