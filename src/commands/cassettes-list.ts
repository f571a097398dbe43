/** `openai-proxy cassettes list`: a table of what cassettes hold. */
import type { ListOptions } from '../config/cassettes-tool.ts'
import type { Config } from '../config/config.ts'
import { loadPriceList } from '../metering/prices.ts'
import { findAll, readInteractions } from './cassette-files.ts'
import { CommandError, printable, type CommandParts } from './command-error.ts'
import { readFacts, type Facts } from './recorded/facts.ts'
import { readLogUses, type Used } from './recorded/log-uses.ts'
import { drawTable, plural, showAge, showCount, showUsd, type Column } from './terminal.ts'

/** An interaction in the list. */
interface Row extends Omit<Facts, 'call'> {
  readonly file: string
  readonly number: number
  readonly line: number
  readonly ms: number
  /** `undefined`: no log was asked. */
  readonly used: Used | undefined
}

/**
 * @param now milliseconds since 1970
 * @returns the exit code
 * @throws {@link CommandError} where there is nothing to list, `CassetteError` where a cassette is broken
 */
export async function listCassettes(
  names: readonly string[],
  options: ListOptions & { readonly now: number },
  config: Config,
  { write, terminal }: CommandParts
): Promise<number> {
  const files = await findAll(names)
  const uses = options.log === undefined ? undefined : await readLogUses(logPath(options.log, config))
  const prices = { list: await loadPriceList(), prices: config.prices }
  const rows: Row[] = []
  for (const file of files) {
    const first = rows.length
    for await (const { interaction, number, line } of readInteractions(file)) {
      const { call: _call, ...facts } = readFacts(interaction, prices)
      rows.push({ file, number, line, ms: interaction.recorded.ms, used: undefined, ...facts })
    }
    if (uses) {
      const used = uses.ofCassette(file, rows.slice(first))
      rows.splice(first, rows.length, ...rows.slice(first).map((row, index) => ({ ...row, used: used[index] })))
    }
  }
  if (options.json) write(`${JSON.stringify({ interactions: rows.map(toJson), cassettes: files.length }, null, 2)}\n`)
  else write([...drawTable(rows, columnsAt(options.now), terminal), '', sumLine(rows, files.length), ''].join('\n'))
  return 0
}

function logPath(given: string | true, { logFile }: Config): string {
  const path = given === true ? logFile : given
  if (path === false) throw new CommandError('There is no log: LOG_FILE is false. Name one with --log.')
  return path
}

function columnsAt(now: number): readonly Column<Row>[] {
  return [
    { title: 'cassette', cell: ({ file, number }) => `${printable(file)}:${number}` },
    { title: 'endpoint', cell: ({ endpoint }) => printable(endpoint) },
    { title: 'model', sheds: 0.5, cell: ({ model }) => printable(model ?? '-') },
    { title: 'stream', sheds: 4, cell: ({ stream }) => (stream ? 'yes' : 'no') },
    { title: 'status', align: 'right', sheds: 1, cell: ({ status }) => String(status) },
    { title: 'in', align: 'right', sheds: 3, cell: ({ usage }) => tokens(usage?.inputTokens) },
    { title: 'out', align: 'right', sheds: 3, cell: ({ usage }) => tokens(usage?.outputTokens) },
    { title: 'cost', align: 'right', sheds: 2, cell: ({ cost }) => showUsd(cost) },
    { title: 'age', align: 'right', sheds: 2, cell: ({ at }) => showAge(now - at) },
    { title: 'used', cell: ({ used }) => used ?? '' }
  ]
}

function tokens(count: number | undefined): string {
  return count === undefined ? '-' : showCount(count)
}

function sumLine(rows: readonly Row[], cassettes: number): string {
  const microUsd = rows.reduce((sum, { cost }) => sum + (cost?.microUsd ?? 0), 0)
  // A call that named no model has no price to know, and a refused one cost nothing.
  const complete = rows.every(({ cost, model, status }) => cost?.complete ?? (model === undefined || status >= 400))
  const worth = rows.some(({ cost }) => cost) ? `; recorded for ${showUsd({ microUsd, complete })}` : ''
  return `${plural(rows.length, 'interaction')} in ${plural(cassettes, 'cassette')}${worth}.`
}

function toJson({ at, cost, model, usage, used, ...row }: Row): object {
  return {
    ...row,
    model: model ?? null,
    usage: usage ?? null,
    usd: cost ? cost.microUsd / 1_000_000 : null,
    isPriceWhole: cost?.complete ?? false,
    recorded: new Date(at).toISOString(),
    ...(used === undefined ? {} : { used })
  }
}
