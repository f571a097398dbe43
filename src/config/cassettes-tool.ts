/** The arguments of `openai-proxy cassettes list | show | diff | prune | refresh`: one function for each. */
import { InvalidArgumentError, type Command } from 'commander'

export interface ListOptions {
  /** A log, by which the column `used` is told; `true`: the one that the settings name. */
  readonly log?: string | true | undefined
  readonly json: boolean
}

export interface ShowOptions {
  /** Whether long texts are cut. */
  readonly short: boolean
  readonly json: boolean
}

export interface DiffOptions {
  /** Whether another wording counts as a difference. */
  readonly wording: boolean
  readonly json: boolean
}

export interface PruneOptions {
  /** Reports of runs, or `file:N`. */
  readonly unused: readonly string[]
  readonly duplicates: boolean
  readonly sideFiles: boolean
  /** Whether nobody is asked. */
  readonly yes: boolean
  readonly json: boolean
}

export interface RefreshOptions {
  /** Milliseconds. */
  readonly olderThan: number
  /** USD; `undefined`: any. */
  readonly maxCost?: number | undefined
  readonly yes: boolean
  readonly json: boolean
}

/** A command of the tool, as it was given. */
export type ToolOrder =
  | { readonly kind: 'cassettes list'; readonly names: readonly string[]; readonly options: ListOptions }
  | { readonly kind: 'cassettes show'; readonly names: readonly string[]; readonly options: ShowOptions }
  | { readonly kind: 'cassettes diff'; readonly names: readonly [string, string]; readonly options: DiffOptions }
  | { readonly kind: 'cassettes prune'; readonly names: readonly string[]; readonly options: PruneOptions }
  | { readonly kind: 'cassettes refresh'; readonly names: readonly string[]; readonly options: RefreshOptions }

type Ask = (order: ToolOrder) => void

const NAMES = 'cassettes by file or name, or folders of them (default: the folder recordings)'
const INTERACTION = 'a cassette by file or name, or one interaction of it: weather:2'

export function addTool(group: Command, ask: Ask): void {
  for (const add of [addList, addShow, addDiff, addPrune, addRefresh]) add(group, ask)
}

function addList(group: Command, ask: Ask): void {
  group
    .command('list')
    .description('a table of what cassettes hold: endpoint, model, status, tokens, cost, age')
    .argument('[cassettes...]', NAMES)
    .option('--log [file]', 'add the column "used": what a log says about replays (default LOG_FILE)')
    .option('--json', 'print JSON', false)
    .addHelpText('after', LIST_HELP)
    .action((names: string[], options: ListOptions) => ask({ kind: 'cassettes list', names, options }))
}

function addShow(group: Command, ask: Ask): void {
  group
    .command('show')
    .description('interactions as a person reads them: the conversation, tools, the answer, usage, cost, times')
    .argument('<interactions...>', INTERACTION)
    .option('--short', 'cut long texts', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', SHOW_HELP)
    .action((names: string[], options: ShowOptions) => ask({ kind: 'cassettes show', names, options }))
}

function addDiff(group: Command, ask: Ask): void {
  group
    .command('diff')
    .description('what two recordings mean differently: tools called, shape, finish reason, usage, order of events')
    .argument('<a>', INTERACTION)
    .argument('<b>', 'what it is compared with')
    .option('--wording', 'another wording counts as a difference', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', DIFF_HELP)
    .action((a: string, b: string, options: DiffOptions) => ask({ kind: 'cassettes diff', names: [a, b], options }))
}

function addPrune(group: Command, ask: Ask): void {
  group
    .command('prune')
    .description('remove what is not used any more, after asking')
    .argument('[cassettes...]', NAMES)
    .option('--unused <what...>', 'JSON files in which runs told what they did not use, or interactions: weather:2', [])
    .option('--duplicates', 'the same answer recorded again at the end of a row of equal requests', false)
    .option('--side-files', 'files beside cassettes that no cassette names any more', false)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', PRUNE_HELP)
    .action((names: string[], options: PruneOptions) => ask({ kind: 'cassettes prune', names, options }))
}

function addRefresh(group: Command, ask: Ask): void {
  group
    .command('refresh')
    .description('record anew what is old, from the real APIs, with the keys of the settings; the price is asked first')
    .argument('[cassettes...]', NAMES)
    .requiredOption('--older-than <age>', 'what is recorded anew: 30d, 12h, 4w', readAge)
    .option('--max-cost <usd>', 'refuse, and stop, above this price', readUsd)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', REFRESH_HELP)
    .action((names: string[], options: RefreshOptions) => ask({ kind: 'cassettes refresh', names, options }))
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 }

function readAge(text: string): number {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('Give a number of hours, days or weeks: 12h, 30d, 4w.')
  return Number(count) * UNITS[unit!]!
}

function readUsd(text: string): number {
  if (!/^\d{1,6}(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('Give a sum in USD: 0.50.')
  return Number(text)
}

const LIST_HELP = `
Examples:
  openai-proxy cassettes list                         what recordings/ holds
  openai-proxy cassettes list weather tests/tapes     recordings/weather.yaml, and a folder
  openai-proxy cassettes list --log                   with what the log says of replays
  openai-proxy cassettes list --json | jq '.interactions[] | select(.status >= 400)'`

const SHOW_HELP = `
Examples:
  openai-proxy cassettes show weather:2               the second interaction of recordings/weather.yaml
  openai-proxy cassettes show weather --short         all of them, long texts cut`

const DIFF_HELP = `
Interactions with equal requests are compared, then those of the same endpoint, in order. How texts are worded is shown apart, and does not count
without --wording. Exits 0 where nothing differs, 1 where something does, 2 where a cassette cannot be read.

Examples:
  openai-proxy cassettes diff weather tests/weather.yaml
  openai-proxy cassettes diff weather:1 weather:2 --wording`

const PRUNE_HELP = `
Without a terminal to ask on, nothing is removed but with --yes. What stays keeps every byte, and what a replay answers does not change.
Exits 0 where it was done or nothing was to do, 1 where it was declined, 2 where it could not be done.

Examples:
  openai-proxy cassettes prune --unused run.json      what a run's report calls unused
  openai-proxy cassettes prune --unused weather:2 weather:3
  openai-proxy cassettes prune recordings --duplicates --side-files --yes`

const REFRESH_HELP = `
Requests pass the rules, and answers are redacted and looked through, as in any recording. A cassette is replaced when all of it has been
answered; until then, and where one call fails, it stays as it was. Exits 0 where all was done, 1 where something failed or was declined, 2 where
it could not begin.

Examples:
  openai-proxy cassettes refresh --older-than 30d
  openai-proxy cassettes refresh weather --older-than 4w --max-cost 0.50 --yes`
