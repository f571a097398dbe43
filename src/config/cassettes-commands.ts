/** The arguments of `openai-proxy cassettes`: one function for each of its commands. */
import { Option, type Command } from 'commander'
import { REPORT_FORMATS, type ReportFormat } from './report-formats.ts'
import { addTool, type ToolOrder } from './cassettes-tool.ts'

/** The formats that cassettes are written in for others; one for each file in `cassettes/formats/`. */
export const EXPORT_FORMATS = ['har', 'vcrpy', 'ruby-vcr', 'azure', 'nock'] as const

export interface ImportOptions {
  /** The folder that the cassettes are written to. */
  readonly to: string
  /** Whether cassettes that are there are replaced. */
  readonly overwrite: boolean
  readonly json: boolean
}

export interface ExportOptions {
  readonly as: (typeof EXPORT_FORMATS)[number]
  /** The folder that the files are written to. */
  readonly to: string
  /** Whether files that are there are replaced. */
  readonly overwrite: boolean
  readonly json: boolean
}

/** Two recordings of one run. */
export interface LearnOrder {
  readonly first: string
  readonly second: string
  readonly json: boolean
}

export interface CassettesCheckOptions {
  readonly format: ReportFormat
}

/** A command of the group, as it was given. */
export type CassettesOrder =
  | ({ readonly kind: 'cassettes learn' } & LearnOrder)
  | { readonly kind: 'cassettes check'; readonly files: readonly string[]; readonly options: CassettesCheckOptions }
  | ToolOrder
  | { readonly kind: 'cassettes import'; readonly files: readonly string[]; readonly options: ImportOptions }
  | { readonly kind: 'cassettes export'; readonly cassettes: readonly string[]; readonly options: ExportOptions }

/** Adds the group. Without a command it prints its help. */
export function addCassettes(program: Command, ask: (order: CassettesOrder) => void): void {
  const group = program
    .command('cassettes')
    .description('look at cassettes, and tend them')
    .helpCommand(false)
    .action(() => group.help({ error: true }))
  addLearn(group, ask)
  addCheck(group, ask)
  addTool(group, ask)
  addImport(group, ask)
  addExport(group, ask)
}

function addLearn(group: Command, ask: (order: CassettesOrder) => void): void {
  group
    .command('learn')
    .description('compare two recordings of one run, and propose what should not count in matching')
    .argument('<first>', 'a cassette, by name or file')
    .argument('<second>', 'the same run, recorded again')
    .option('--json', 'print JSON', false)
    .addHelpText('after', LEARN_HELP)
    .action((first: string, second: string, { json }: Pick<LearnOrder, 'json'>) =>
      ask({ kind: 'cassettes learn', first, second, json })
    )
}

function addCheck(group: Command, ask: (order: CassettesOrder) => void): void {
  group
    .command('check')
    .description('look for secrets in what was recorded, by the rules of redaction now in force')
    .argument('<files...>', 'cassettes by file or name, or folders of them')
    .addOption(new Option('--format <format>', 'how to print what is found').choices(REPORT_FORMATS).default('text'))
    .addHelpText('after', CHECK_HELP)
    .action((files: string[], options: CassettesCheckOptions) => ask({ kind: 'cassettes check', files, options }))
}

function addImport(group: Command, ask: (order: CassettesOrder) => void): void {
  group
    .command('import')
    .description("make cassettes of other people's recordings: VCR.py, Ruby VCR, HAR, Azure test-proxy, nock")
    .argument('<files...>', 'recordings, or folders of them; what they are is told by their content')
    .requiredOption('--to <folder>', 'where the cassettes are written, one for each file')
    .option('--overwrite', 'replace cassettes that are there', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', IMPORT_HELP)
    .action((files: string[], options: ImportOptions) => ask({ kind: 'cassettes import', files, options }))
}

function addExport(group: Command, ask: (order: CassettesOrder) => void): void {
  group
    .command('export')
    .description("write cassettes as another tool's recordings")
    .argument('<cassettes...>', 'cassettes by file or name, or folders of them')
    .addOption(new Option('--as <format>', 'the format').choices(EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption('--to <folder>', 'where the files are written, one for each cassette')
    .option('--overwrite', 'replace files that are there', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', EXPORT_HELP)
    .action((cassettes: string[], options: ExportOptions) => ask({ kind: 'cassettes export', cassettes, options }))
}

const LEARN_HELP = `
Prints lines for the first document of the cassette. Exits 1 where something changed that no rule should pass over.

Examples:
  openai-proxy --record first       run the tests once, then
  openai-proxy --record second      once more, and
  openai-proxy cassettes learn first second`

const CHECK_HELP = `
Looks through the text of each file in every encoding, through files beside it, and for what redaction (redact in the configuration file)
would take out today. Exits 0 where nothing is found, 1 where something is, 2 where a file cannot be read. Never prints a secret.

Examples:
  openai-proxy cassettes check recordings                  every cassette of a folder
  openai-proxy cassettes check weather --format github     recordings/weather.yaml, as annotations of a pull request
  REDACT_PERSONAL=all openai-proxy cassettes check recordings --format sarif > secrets.sarif`

const IMPORT_HELP = `
Everything that comes in is redacted and looked through like a recording; what cannot be made clean stays out.
Exits 0 where everything came in, 1 where something did not (the table says what and why), 2 where nothing could be tried.

Examples:
  openai-proxy cassettes import tests/cassettes --to recordings          a folder of VCR.py or Ruby VCR
  openai-proxy cassettes import session.har --to recordings              what a browser, Polly or mitmproxy saved
  openai-proxy cassettes import nock/*.json --to recordings --overwrite  again, in place of what was there`

const EXPORT_HELP = `
Exits 0 where everything was written, 1 where the format cannot hold something, 2 where nothing could be tried.

Examples:
  openai-proxy cassettes export weather --as har --to out                recordings/weather.yaml as out/weather.har
  openai-proxy cassettes export recordings --as vcrpy --to tests/cassettes`
