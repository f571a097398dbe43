/** `openai-proxy cost`: what the calls in the log have cost, and what replay saved. */
import type { Config } from '../config/config.ts'
import type { CostOptions } from '../config/command-line.ts'
import { readLog, type LogLine } from '../log/read-log.ts'
import { ruleFor, setColumns } from './columns.ts'
import { printable, CommandError, type CommandParts } from './command-error.ts'
import { createPricing } from './price-entry.ts'
import { createSums, type CostReport, type Sum } from './sum-costs.ts'

/** @returns the exit code. Throws {@link CommandError} where there is no log */
export async function cost(options: CostOptions, config: Config, { write, report }: CommandParts): Promise<number> {
  const path = options.log ?? config.logFile
  if (path === false) throw new CommandError('There is no log: LOG_FILE is false. Name one with --log.')
  const pricing = await createPricing(config.prices)
  const sums = createSums(options.by, pricing)
  let broken = 0
  for await (const { entry } of entriesOf(path)) {
    if (entry) sums.add(entry)
    else broken += 1
  }
  const result = sums.report()
  write(
    options.json
      ? `${JSON.stringify({ by: options.by, ...result, unreadableLines: broken }, null, 2)}\n`
      : table(options.by, result)
  )
  if (broken > 0) report(`${broken} lines of ${path} are no log entries and are not counted.`)
  return 0
}

async function* entriesOf(path: string): AsyncGenerator<LogLine> {
  try {
    yield* readLog(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const what = code === 'ENOENT' ? 'it does not exist' : message
    throw new CommandError(`Cannot read the log ${path}: ${what}. Name another with --log, or set LOG_FILE.`)
  }
}

const COLUMNS = ['calls', 'input tokens', 'output tokens', 'spent USD', 'replayed', 'saved USD', 'unpriced'] as const

function table(by: CostOptions['by'], { rows, total }: CostReport): string {
  if (rows.length === 0) return 'No calls in the log.\n'
  const lines = [
    [by, ...COLUMNS],
    ...rows.map((row) => [printable(row.name), ...cells(row)]),
    ['total', ...cells({ ...total, name: '' })]
  ]
  const text = setColumns(lines, ['left', ...COLUMNS.map(() => 'right' as const)])
  const rule = ruleFor(text)
  const note =
    total.unpriced === 0
      ? []
      : ['', `${total.unpriced} answered calls have no known price, or one for a part only: the true cost is higher.`]
  return [text[0], rule, ...text.slice(1, -1), rule, text.at(-1), ...note, ''].join('\n')
}

function cells({ calls, inputTokens, outputTokens, spentUsd, replayed, savedUsd, unpriced }: Sum): string[] {
  const usd = (amount: number): string => amount.toFixed(4)
  return [
    String(calls),
    String(inputTokens),
    String(outputTokens),
    usd(spentUsd),
    String(replayed),
    usd(savedUsd),
    String(unpriced)
  ]
}
