/** Reads the arguments of the command line and writes its help. Loads nothing heavy, so that `--help` answers at once. */
import { Command, CommanderError, Option } from 'commander'
import { addCassettes, type CassettesOrder } from './cassettes-commands.ts'
import { readRunReport, REPORT_FORMATS, type ReportFormat, type RunReportTarget } from './report-formats.ts'
import { SETTINGS, VARIABLES } from './settings.ts'

/** Flags by the key of their setting, as they were given. */
type GivenFlags = Readonly<Record<string, string | boolean | undefined>>

/** What the sums of a log are made by. */
export const COST_GROUPS = ['day', 'model', 'token', 'cassette'] as const

export interface CostOptions {
  /** `undefined`: the log that the settings name. */
  readonly log?: string | undefined
  readonly by: (typeof COST_GROUPS)[number]
  readonly json: boolean
}

export interface CheckOptions {
  readonly format: ReportFormat
}

/** A command that runs while the proxy does: `openai-proxy --replay -- pytest -x`. */
export interface ChildOptions {
  /** The program and its arguments. Never empty. */
  readonly command: readonly string[]
  /** Whether a recording that answered nothing fails the run. */
  readonly strict: boolean
  /** Where the run is reported to, besides standard error. */
  readonly reports: readonly RunReportTarget[]
}

/** What the arguments ask for: to run or to look at what was kept, with the flags that were given, or to end with an exit code. */
export type Arguments =
  | { readonly kind: 'run'; readonly flags: GivenFlags; readonly child: ChildOptions | undefined }
  | { readonly kind: 'cost'; readonly flags: GivenFlags; readonly options: CostOptions }
  | { readonly kind: 'check'; readonly flags: GivenFlags; readonly files: readonly string[]; readonly options: CheckOptions }
  | (CassettesOrder & { readonly flags: GivenFlags })
  | { readonly kind: 'exit'; readonly code: number }

export interface CommandLineParts {
  readonly version: string
  /** Standard output: help, version. */
  readonly out: (text: string) => void
  /** Standard error: what is wrong with the arguments. */
  readonly err: (text: string) => void
}

/** The exit code of wrong arguments or settings. */
export const EXIT_USAGE = 2

/** @param args without the program's own name */
export function readArguments(args: readonly string[], parts: CommandLineParts): Arguments {
  const { own, child } = splitArguments(args)
  let asked: Arguments | undefined
  const command = createCommand(parts).action(() => {
    const { strict, report, ...flags } = command.opts<GivenFlags & { readonly report?: readonly RunReportTarget[] }>()
    const alone = strict === undefined ? report && '--report' : '--strict'
    if (alone && !child) command.error(`error: ${alone} is for a command that runs behind --. Leave it out.`)
    if (child?.length === 0)
      command.error('error: there is no command behind --. Write one, e.g. openai-proxy --replay -- npm test')
    asked = { kind: 'run', flags, child: child && { command: child, strict: strict === true, reports: report ?? [] } }
  })
  addCost(command, (options) => void (asked = { kind: 'cost', flags: fewFlags(command), options }))
  addCheck(command, (files, options) => void (asked = { kind: 'check', flags: fewFlags(command), files, options }))
  addCassettes(command, (order) => void (asked = { ...order, flags: fewFlags(command) }))
  try {
    command.parse(own, { from: 'user' })
    if (child && asked?.kind !== 'run') command.error('error: a command behind -- runs while a proxy does. Leave it out here.')
    return asked!
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { kind: 'exit', code: error.exitCode === 0 ? 0 : EXIT_USAGE }
  }
}

/** Everything behind the first `--` is a command of its own, and none of its arguments is ours. */
function splitArguments(args: readonly string[]): { own: readonly string[]; child: readonly string[] | undefined } {
  const cut = args.indexOf('--')
  return cut === -1 ? { own: args, child: undefined } : { own: args.slice(0, cut), child: args.slice(cut + 1) }
}

function addCost(command: Command, ask: (options: CostOptions) => void): void {
  command
    .command('cost')
    .description('what calls have cost, and what replay saved, by the log')
    .option('--log <file>', 'the log; the older ones beside it (.1, .2 …) are read too (default LOG_FILE)')
    .addOption(new Option('--by <what>', 'one line for each').choices(COST_GROUPS).default('day'))
    .option('--json', 'print JSON', false)
    .action(ask)
}

function addCheck(command: Command, ask: (files: readonly string[], options: CheckOptions) => void): void {
  command
    .command('check')
    .description('judge recorded requests by the rules now in force; exits 1 where one would be refused that was not')
    .argument('<files...>', 'cassettes, folders of cassettes, or logs')
    .addOption(new Option('--format <format>', 'how to print what changes').choices(REPORT_FORMATS).default('text'))
    .action(ask)
}

/** Of the proxy's own flags, a command that starts no proxy takes those that say where the settings are. */
function fewFlags(command: Command): GivenFlags {
  const flags = command.opts<GivenFlags>()
  const strange = Object.keys(flags).find((key) => key !== 'config' && key !== 'envFile')
  if (strange === undefined) return flags
  const flag = SETTINGS.find(({ key }) => key === strange)?.flag?.split(' ', 1)[0]
  return command.error(`error: ${flag} is for a proxy that is to start, not for this command. Leave it out.`)
}

function createCommand({ version, out, err }: CommandLineParts): Command {
  const command = new Command('openai-proxy')
    .description('Guards, logs, records and replays calls to the APIs of OpenAI and Anthropic.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ writeOut: out, writeErr: err })
    .showHelpAfterError('Run openai-proxy --help to see every flag and setting.')
    .usage('[options] [-- command…]')
    .allowExcessArguments(false)
    .helpCommand(false)
    .exitOverride()
  for (const setting of SETTINGS) {
    if (setting.flag === undefined) continue
    const option = new Option(setting.flag, `${setting.meaning} ${notes(setting.variable, setting.default)}`)
    const { key, repeats } = setting
    if (repeats !== undefined) {
      option.argParser((value, before: string | undefined) => (before === undefined ? value : before + repeats + value))
    }
    // A flag in the singular may belong to a setting in the plural.
    command.addOption(Object.assign(option, { attributeName: () => key }))
  }
  command.option('--strict', 'with a command behind --: fail when a recording answered nothing')
  command.option(
    '--report <format=file>',
    'with a command behind --: report the run as github (annotations), json, junit, sarif or summary (Markdown); may be repeated',
    (text, before: readonly RunReportTarget[] = []) => [...before, readReport(command, text)]
  )
  return command.addHelpText('after', `\n${variablesHelp()}\n\n${EXAMPLES}`)
}

function readReport(command: Command, text: string): RunReportTarget {
  try {
    return readRunReport(text)
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`)
  }
}

function notes(variable: string | undefined, standard: string | undefined): string {
  const shown = standard === undefined || standard === 'false' ? [] : [`default ${standard}`]
  return `(${[variable, ...shown].join(', ')})`
}

/** The settings that have no flag: variables in the environment or `.env`, or keys of the configuration file. */
function variablesHelp(): string {
  const rows = VARIABLES.filter(({ flag }) => flag === undefined)
  const width = Math.max(...rows.map(({ variable }) => variable.length)) + 2
  const lines = rows.map(({ variable, meaning, default: standard }) => {
    return `  ${variable.padEnd(width)}${meaning}${standard === undefined ? '' : ` (default ${standard})`}`
  })
  const head =
    'Settings, as variables in the environment or in .env, or in the configuration file (MAX_TOKENS is maxTokens there):'
  return [
    head,
    ...lines,
    '',
    'A flag counts before the environment, then .env, then the configuration file, then the default.'
  ].join('\n')
}

const EXAMPLES = `Examples:
  openai-proxy                                   a firewall before the real APIs
  openai-proxy --record weather                  the same, and recordings/weather.yaml is recorded
  openai-proxy --replay weather                  answers from recordings/weather.yaml: no network, no key
  openai-proxy --record --replay                 the cassette, and what it lacks from the network
  openai-proxy --replay weather -- pytest        runs the tests against it; fails where no recording fits
  openai-proxy --replay recordings/ --strict --report junit=report.xml -- pytest    the same in CI, with every cassette
  openai-proxy cost --by model                   what the calls in the log have cost
  openai-proxy check recordings                  which recorded requests the rules would refuse now
  openai-proxy cassettes check recordings        whether a recording holds a secret
  openai-proxy cassettes import a.har --to recordings    other people's recordings become cassettes
  openai-proxy cassettes list                    what recordings/ holds
  openai-proxy cassettes learn first second      what changed by itself between two recordings of one run
  ALLOWED_MODELS='gpt-4*' MAX_TOKENS=4000 openai-proxy --port 9000 --debug`
