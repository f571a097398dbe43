/** `openai-proxy cassettes refresh`: records anew what is old; its price is asked first. */
import type { RefreshOptions } from '../config/cassettes-tool.ts'
import type { Config } from '../config/config.ts'
import { loadPriceList } from '../metering/prices.ts'
import { findAll, readInteractions } from './cassette-files.ts'
import { CommandError, printable, type CommandParts, type Terminal } from './command-error.ts'
import { rerecord, type Rerecorded } from './recorded/rerecord.ts'
import { planResend, type Resend, type Stay } from './recorded/resend.ts'
import { drawTable, plural, showAge, showUsd } from './terminal.ts'

interface Plan {
  readonly resends: ReadonlyMap<string, readonly Resend[]>
  readonly stays: readonly Stay[]
  /** Whole micro-USD of those whose price is known. */
  readonly microUsd: number
  /** How many have no known price. */
  readonly unpriced: number
}

/** A cassette that was refreshed, or was to be. */
interface Done extends Rerecorded {
  readonly file: string
}

/**
 * @param now milliseconds since 1970
 * @returns the exit code: 1 where something failed or it was declined
 * @throws {@link CommandError} where it is too dear, nobody can be asked, or a cassette cannot be written
 */
export async function refreshCassettes(
  names: readonly string[],
  options: RefreshOptions & { readonly now: number },
  config: Config,
  parts: CommandParts
): Promise<number> {
  const { write, terminal } = parts
  const plan = await makePlan(await findAll(names), options, config)
  const count = [...plan.resends.values()].flat().length
  if (!options.json) write(renderPlan(plan, options.now, terminal))
  if (options.maxCost !== undefined) assertAffordable(plan, options.maxCost)
  const isAgreed = count > 0 && (options.yes || (await agree(plan, count, parts)))
  const done = isAgreed ? await carryOut(plan, options, config, parts) : []
  if (options.json) write(`${JSON.stringify(toJson(plan, done, isAgreed), null, 2)}\n`)
  else if (count > 0) write(isAgreed ? renderDone(done) : 'Nothing was recorded.\n')
  return count === 0 || (isAgreed && done.every(({ failure }) => !failure)) ? 0 : 1
}

async function makePlan(
  files: readonly string[],
  { olderThan, now }: RefreshOptions & { readonly now: number },
  { prices }: Config
): Promise<Plan> {
  const known = { list: await loadPriceList(), prices }
  const resends = new Map<string, Resend[]>()
  const stays: Stay[] = []
  for (const file of files) {
    for await (const kept of readInteractions(file)) {
      if (!(now - Date.parse(kept.interaction.recorded.at) > olderThan)) continue
      const plan = planResend(kept, known, now)
      if ('reason' in plan) stays.push(plan)
      else resends.set(file, [...(resends.get(file) ?? []), plan])
    }
  }
  const costs = [...resends.values()].flat().map(({ microUsd }) => microUsd)
  return {
    resends,
    stays,
    microUsd: costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0),
    unpriced: costs.filter((cost) => cost === undefined).length
  }
}

/** Unknown is never free. */
function assertAffordable({ microUsd, unpriced }: Plan, maxCost: number): void {
  if (unpriced > 0)
    throw new CommandError(
      `Nothing was recorded: the price of ${plural(unpriced, 'call')} is not known, so --max-cost cannot be kept. Give prices in the configuration file, or leave --max-cost out.`
    )
  if (microUsd > maxCost * 1_000_000)
    throw new CommandError(
      `Nothing was recorded: it would cost about ${showUsd({ microUsd, complete: true })}, more than --max-cost ${maxCost}.`
    )
}

async function agree(plan: Plan, count: number, { ask }: CommandParts): Promise<boolean> {
  if (!ask)
    throw new CommandError('Nothing was recorded: there is no terminal to ask on. Say --yes to record without being asked.')
  return ask(`Record ${plural(count, 'interaction')} anew for ${priceWords(plan)}?`)
}

async function carryOut(
  plan: Plan,
  { maxCost }: RefreshOptions,
  config: Config,
  { progress = () => undefined, report, secrets }: CommandParts
): Promise<Done[]> {
  const all = [...plan.resends.values()].flat()
  const done: Done[] = []
  let begun = 0
  try {
    for (const [file, resends] of plan.resends) {
      const spent = done.reduce((sum, { spentMicroUsd }) => sum + spentMicroUsd, 0)
      const next = (resend: Resend, own: number): string | undefined => {
        if (maxCost !== undefined && spent + own + (resend.microUsd ?? 0) > maxCost * 1_000_000)
          return 'answers cost more than they did, and --max-cost is reached'
        begun += 1
        progress(`${begun} of ${all.length}: ${file}:${resend.kept.number} ${resend.facts.endpoint}`)
        return undefined
      }
      done.push({ file, ...(await rerecord(file, resends, config, { next, report, secrets })) })
    }
  } finally {
    progress('')
  }
  return done
}

function priceWords({ microUsd, unpriced }: Plan): string {
  const about = `about ${showUsd({ microUsd, complete: true })}`
  return unpriced === 0 ? about : `${about}, and ${plural(unpriced, 'call')} whose price nobody knows`
}

function renderPlan(plan: Plan, now: number, terminal: Terminal | undefined): string {
  const rows = [...plan.resends.values()].flat()
  if (rows.length + plan.stays.length === 0) return 'Nothing is that old.\n'
  const columns = [
    { title: 'cassette', cell: ({ kept: { file, number } }: Resend) => `${printable(file)}:${number}` },
    { title: 'endpoint', cell: ({ facts }: Resend) => printable(facts.endpoint) },
    { title: 'model', sheds: 1, cell: ({ facts }: Resend) => printable(facts.model ?? '-') },
    { title: 'age', align: 'right' as const, sheds: 2, cell: ({ facts }: Resend) => showAge(now - facts.at) },
    {
      title: 'price',
      align: 'right' as const,
      cell: ({ microUsd }: Resend) => showUsd(microUsd === undefined ? undefined : { microUsd, complete: true })
    }
  ]
  const stays = plan.stays.map(({ kept: { file, number }, reason }) => `  ${printable(file)}:${number}: ${reason}`)
  return [
    ...(rows.length > 0
      ? [...drawTable(rows, columns, terminal), '', `${plural(rows.length, 'interaction')}: ${priceWords(plan)}.`]
      : []),
    ...(stays.length > 0 ? [...(rows.length > 0 ? [''] : []), 'What stays as it is:', ...stays] : []),
    ''
  ].join('\n')
}

function renderDone(done: readonly Done[]): string {
  const spent = done.reduce((sum, { spentMicroUsd }) => sum + spentMicroUsd, 0)
  const lines = done.map(({ file, done: count, failure }) =>
    failure
      ? `${printable(file)} stayed as it was: ${printable(file)}:${failure.resend.kept.number}: ${printable(failure.reason)}`
      : `${printable(file)}: ${plural(count, 'interaction')} recorded anew.`
  )
  return [...lines, `Spent ${showUsd({ microUsd: spent, complete: true })}, as far as the answers tell.`, ''].join('\n')
}

function toJson({ resends, stays, microUsd, unpriced }: Plan, done: readonly Done[], isAgreed: boolean): object {
  return {
    isAgreed,
    estimate: { usd: microUsd / 1_000_000, unpriced },
    interactions: [...resends.values()].flat().map(({ kept: { file, number }, facts, microUsd: cost }) => {
      return {
        file,
        number,
        endpoint: facts.endpoint,
        model: facts.model ?? null,
        usd: cost === undefined ? null : cost / 1_000_000
      }
    }),
    stays: stays.map(({ kept: { file, number }, reason }) => ({ file, number, reason })),
    cassettes: done.map(({ file, done: count, spentMicroUsd, failure }) => ({
      file,
      isReplaced: failure === undefined,
      answered: count,
      spentUsd: spentMicroUsd / 1_000_000,
      failure: failure ? { number: failure.resend.kept.number, reason: failure.reason } : null
    }))
  }
}
