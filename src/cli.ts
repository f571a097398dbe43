#!/usr/bin/env node
/** The command line: reads the arguments, starts the proxy, says how to reach it, and closes it on a signal; or runs a command. */
import type { Config, Origins } from './config/config.ts'
import { startProblem, EXIT_FAILED, type StartProblem } from './commands/start-problem.ts'
import { runLine, type Serve } from './commands/run-line.ts'
import { EXIT_USAGE, type ChildOptions } from './config/command-line.ts'
import type { LiveConfig } from './config/live.ts'
import type { LoadOptions } from './config/load.ts'
import { createReport } from './log/report.ts'
import type { ConfiguredProxy, Proxy } from './proxy.ts'
import { VERSION as version } from './version.ts'

/** Exit codes of a second signal, which does not wait: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const

/** How long closing may still hold the process once everything is closed, in milliseconds. */
const LAST_WAIT_MS = 2000

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const report = createReport(process.stderr)

// `openai-proxy | head` closes our output; that must not end the proxy.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const { env, stdin, stdout, stderr } = process
const serve: Serve = (child, loaded, options) => (child ? runWith(child, loaded) : start(loaded, options))
process.exitCode = await runLine(process.argv.slice(2), { version, env, cwd: process.cwd(), stdin, stdout, stderr }, serve)

/** Runs a command while the proxy does, and gives its exit code, or that of a run in which something was missed. */
async function runWith(child: ChildOptions, { config: given, origins, secrets }: LiveConfig): Promise<number> {
  if (given.workers > 1) {
    report(`${origins.workers ?? 'workers'}: a command behind -- has one process to itself. Leave workers out.`)
    return EXIT_USAGE
  }
  // Runs beside each other must not ask for one port: without a wish, any free one.
  const config = origins.port === undefined ? { ...given, port: 0 } : given
  const [{ startConfigured }, { runChild }] = await Promise.all([import('./proxy.ts'), import('./commands/run-child.ts')])
  const startProxy = (): Promise<ConfiguredProxy> =>
    startConfigured(config, { report, secrets, listen: true, keepExchanges: Infinity })
  try {
    const write = (text: string): void => void process.stdout.write(text)
    return await runChild({ ...child, mode: config.mode, version, startProxy, report, write })
  } catch (error) {
    return tell(startProblem(error, config, origins))
  }
}

async function start(loaded: LiveConfig, options: LoadOptions): Promise<number> {
  const { config, origins, warnings } = loaded
  let running: Running
  try {
    running = await (config.workers > 1 ? startSeveral(config) : startOne(loaded, options))
  } catch (error) {
    return tell(startProblem(error, config, origins))
  }
  closeOnSignal(running.close, config)
  for (const line of await describe(config, origins, running)) print(line)
  for (const warning of warnings) report(`warning: ${warning}`)
  return 0
}

/** A proxy that listens, of one process or of several. */
interface Running extends Pick<Proxy, 'url' | 'openaiBaseURL' | 'anthropicBaseURL' | 'rules' | 'faults'> {
  readonly close: () => Promise<void>
}

async function startOne(loaded: LiveConfig, options: LoadOptions): Promise<Running> {
  const [{ startConfigured }, { followConfig }] = await Promise.all([import('./proxy.ts'), import('./commands/follow-config.ts')])
  const { config, secrets } = loaded
  const debug = config.debug ? { debug: process.stdout } : {}
  const proxy = await startConfigured(config, { report, secrets, listen: true, keepExchanges: 0, ...debug })
  const unfollow = await followConfig(loaded, options, { proxy, report })
  const close = (): Promise<void> => {
    unfollow()
    return proxy.close()
  }
  const { url, openaiBaseURL, anthropicBaseURL, rules, faults } = proxy
  return { url, openaiBaseURL, anthropicBaseURL, rules, faults, close }
}

async function startSeveral(config: Config): Promise<Running> {
  const [{ startWorkers }, { isShared, openLedger }] = await Promise.all([
    import('./workers/first-process.ts'),
    import('./open-ledger.ts')
  ])
  const ledger = isShared(config.ledger) ? undefined : (await openLedger(config, report)).ledger
  const died = (): void => {
    report('No worker is left: the proxy ends.')
    process.exit(EXIT_FAILED)
  }
  const args = process.argv.slice(2)
  return { ...(await startWorkers({ count: config.workers, args, ledger, report, died })), faults: [] }
}

/** @returns the exit code */
function tell({ line, code }: StartProblem): number {
  report(line)
  return code
}

async function describe(config: Config, origins: Origins, running: Running): Promise<string[]> {
  const [{ startLines }, { namePlace }] = await Promise.all([import('./config/start-lines.ts'), import('./cassettes/place.ts')])
  const cassette = config.mode === 'live' ? undefined : namePlace(config.cassette)
  const { url, openaiBaseURL, anthropicBaseURL, rules } = running
  const faults = running.faults.map(({ text, seed }) => `${text} (seed ${seed})`)
  return startLines({ config, origins, version, url, openaiBaseURL, anthropicBaseURL, rules, faults, cassette })
}

/** The first signal closes in good order and exits 0; the second exits at once. */
function closeOnSignal(closeAll: () => Promise<void>, { drainTimeout }: Config): void {
  let closing = false
  const close = async (signal: keyof typeof SIGNALS): Promise<void> => {
    if (closing) process.exit(SIGNALS[signal])
    closing = true
    report(`closing: what is under way has ${drainTimeout} s to end; once more to stop at once`)
    try {
      await closeAll()
    } catch (error) {
      report(error instanceof Error ? error.message : String(error))
      process.exitCode = EXIT_FAILED
    }
    setTimeout(() => process.exit(), LAST_WAIT_MS).unref()
    for (const name of Object.keys(SIGNALS)) process.removeAllListeners(name)
  }
  process.on('SIGINT', close)
  process.on('SIGTERM', close)
}
