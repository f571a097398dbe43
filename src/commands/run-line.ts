/** Runs a line of the command line: its settings are read, its wrong ones told, and what works with what was kept is done here. */
import type { ReadStream, WriteStream } from 'node:tty'
import { EXIT_USAGE, readArguments, type Arguments, type ChildOptions } from '../config/command-line.ts'
import type { LiveConfig } from '../config/live.ts'
import type { LoadOptions } from '../config/load.ts'
import { createReport } from '../log/report.ts'

/** What a program has around it. */
export interface Surroundings {
  readonly version: string
  readonly env: LoadOptions['env']
  readonly cwd: string
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
}

/** Starts a proxy, beside a command where there is one, and gives the exit code. */
export type Serve = (child: ChildOptions | undefined, loaded: LiveConfig, options: LoadOptions) => Promise<number>

type Order = Exclude<Arguments, { kind: 'exit' }>

/**
 * @param args without the program's own name
 * @returns the exit code
 */
export async function runLine(args: readonly string[], around: Surroundings, serve: Serve): Promise<number> {
  const { version, env, cwd, stdout, stderr } = around
  const asked = readArguments(args, { version, out: (text) => void stdout.write(text), err: (text) => void stderr.write(text) })
  return asked.kind === 'exit' ? asked.code : obey(asked, { flags: asked.flags, env, cwd }, { around, serve })
}

async function obey(
  order: Order,
  options: LoadOptions,
  { around, serve }: { around: Surroundings; serve: Serve }
): Promise<number> {
  const report = createReport(around.stderr)
  const [{ loadSettings }, { ConfigError }] = await Promise.all([
    import('../config/live.ts'),
    import('../config/config-error.ts')
  ])
  try {
    const loaded = await loadSettings(options, 0)
    if (order.kind === 'run') return await serve(order.child, loaded, options)
    for (const warning of loaded.warnings) report(`warning: ${warning}`)
    return await work(order, loaded, around)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) report(problem)
    return EXIT_USAGE
  }
}

/** Works with what was kept; starts no proxy. */
async function work(order: Exclude<Order, { kind: 'run' }>, loaded: LiveConfig, around: Surroundings): Promise<number> {
  const [{ CommandError }, { CassetteError }] = await Promise.all([
    import('./command-error.ts'),
    import('../cassettes/interaction.ts')
  ])
  try {
    return await command(order, loaded, around)
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof CassetteError)) throw error
    createReport(around.stderr)(error.message)
    return EXIT_USAGE
  }
}

async function command(
  order: Exclude<Order, { kind: 'run' }>,
  { config, secrets }: LiveConfig,
  { version, stdin, stdout, stderr }: Surroundings
): Promise<number> {
  const { terminal, ask, progress } = await import('./console.ts')
  const parts = {
    version,
    secrets,
    write: (text: string): void => void stdout.write(text),
    report: createReport(stderr),
    progress: progress(stderr),
    ask: ask(stdin, stderr),
    terminal: terminal(stdout)
  }
  switch (order.kind) {
    case 'cost':
      return (await import('./cost.ts')).cost(order.options, config, parts)
    case 'check':
      return (await import('./check.ts')).check(order.files, order.options, config, parts)
    case 'cassettes learn':
      return (await import('./cassettes-learn.ts')).learn(order, config, parts)
    case 'cassettes check':
      return (await import('./cassettes-check.ts')).checkCassettes(order.files, order.options, config, parts)
    case 'cassettes import':
      return (await import('./cassettes-import.ts')).importCassettes(order.files, order.options, config, parts)
    case 'cassettes export':
      return (await import('./cassettes-export.ts')).exportCassettes(order.cassettes, { ...order.options, version }, parts)
    case 'cassettes list':
    case 'cassettes show':
    case 'cassettes diff':
    case 'cassettes prune':
    case 'cassettes refresh':
      return (await import('./cassettes-tool.ts')).runTool(order, config, parts)
  }
}
