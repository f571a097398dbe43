/** What a worker does: reads the settings as the first process did, listens, counts where all count, and closes when it is told to. */
import { readArguments } from '../config/command-line.ts'
import { loadSettings } from '../config/live.ts'
import type { LoadOptions } from '../config/load.ts'
import { followConfig } from '../commands/follow-config.ts'
import { startConfigured, type ConfiguredProxy } from '../proxy.ts'
import type { ConsoleOutput } from '../open-console.ts'
import { VERSION } from '../version.ts'
import { connect, type Pipe } from './calls.ts'
import { askLedger } from './lent-ledger.ts'
import type { FirstAnswers, WorkerAnswers } from './messages.ts'

export interface WorkerParts {
  readonly pipe: Pipe
  /** The arguments of the command line. */
  readonly args: readonly string[]
  readonly env: LoadOptions['env']
  readonly cwd: string
  readonly report: (line: string) => void
  /** Where the debug console writes. */
  readonly debug: ConsoleOutput
}

/** @returns whether it listens now; if not, the first process has been told why */
export async function runWorker({ pipe, args, env, cwd, report, debug }: WorkerParts): Promise<boolean> {
  let proxy: ConfiguredProxy | undefined
  let unfollow = (): void => undefined
  const close = async (): Promise<void> => {
    unfollow()
    await proxy?.close()
  }
  const answers: WorkerAnswers = { values: async () => proxy?.metricsValues() ?? [], close }
  const ask = connect<FirstAnswers>(pipe, answers)
  const { runId, lendsLedger, isFirst } = await ask('order')
  try {
    const options: LoadOptions = { flags: flagsOf(args), env, cwd }
    const loaded = await loadSettings(options, 0)
    const { config, secrets } = loaded
    const shared = { runId, ledger: lendsLedger ? askLedger(ask) : undefined, metrics: { text: () => ask('metrics') } }
    const shown = config.debug ? { debug } : {}
    proxy = await startConfigured(config, { report, secrets, listen: true, keepExchanges: 0, shared, ...shown })
    // All follow the file; one tells what came of it.
    unfollow = await followConfig(loaded, options, { proxy, report: isFirst ? report : () => undefined })
    const { url, openaiBaseURL, anthropicBaseURL, rules } = proxy
    await ask('started', { url, openaiBaseURL, anthropicBaseURL, rules })
    return true
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: unknown }
    await ask('failed', { message, code: typeof code === 'string' ? code : undefined })
    return false
  }
}

/** The first process has read them before: they are right. */
function flagsOf(args: readonly string[]): LoadOptions['flags'] {
  const nobody = (): void => undefined
  const asked = readArguments(args, { version: VERSION, out: nobody, err: nobody })
  return asked.kind === 'exit' ? {} : asked.flags
}
