/** `openai-proxy cassettes prune`: removes what is not used any more, after asking. */
import { normalize, resolve } from 'node:path'
import { compileRules, type MatchRules, type MatchSettings } from '../cassettes/matching/rules.ts'
import type { PruneOptions } from '../config/cassettes-tool.ts'
import type { Config } from '../config/config.ts'
import { findAll, readInteractions, readRules, type KeptInteraction } from './cassette-files.ts'
import { CommandError, printable, type CommandParts, type Terminal } from './command-error.ts'
import { findDuplicates } from './recorded/duplicates.ts'
import { carryOut, rewriteWithout, type Rewrite } from './recorded/remove.ts'
import { findOrphans, type SideFile } from './recorded/side-files.ts'
import { readUnused, type Unused } from './recorded/unused.ts'
import { drawTable, plural, showBytes } from './terminal.ts'

/** An interaction that is to go. */
interface Removal {
  readonly kept: KeptInteraction
  readonly why: 'unused' | 'duplicate'
}

interface Plan {
  readonly removals: readonly Removal[]
  readonly rewrites: readonly Rewrite[]
  readonly orphans: readonly SideFile[]
}

/**
 * @returns the exit code: 1 where it was declined
 * @throws {@link CommandError} where nothing is asked for, nobody can be asked, or a cassette changed meanwhile
 */
export async function pruneCassettes(
  names: readonly string[],
  options: PruneOptions,
  { match }: Pick<Config, 'match'>,
  parts: CommandParts
): Promise<number> {
  const { write, ask, terminal } = parts
  const plan = await makePlan(names, options, match)
  const count = plan.removals.length + plan.orphans.length
  if (!options.json) write(render(plan, terminal))
  const isAgreed = count > 0 && (options.yes || (await agree(ask, plan)))
  if (isAgreed) await carryOut(plan.rewrites, plan.orphans)
  if (options.json) write(`${JSON.stringify(toJson(plan, isAgreed), null, 2)}\n`)
  else if (count > 0) write(isAgreed ? 'Removed.\n' : 'Nothing was removed.\n')
  return count === 0 || isAgreed ? 0 : 1
}

async function agree(ask: CommandParts['ask'], { removals, orphans }: Plan): Promise<boolean> {
  if (!ask)
    throw new CommandError('Nothing was removed: there is no terminal to ask on. Say --yes to remove without being asked.')
  const what = [
    ...(removals.length > 0 ? [plural(removals.length, 'interaction')] : []),
    ...(orphans.length > 0 ? [plural(orphans.length, 'file')] : [])
  ]
  return ask(`Remove ${what.join(' and ')}?`)
}

async function makePlan(
  names: readonly string[],
  { unused: told, duplicates, sideFiles }: PruneOptions,
  match: MatchSettings = {}
): Promise<Plan> {
  if (told.length === 0 && !duplicates && !sideFiles)
    throw new CommandError('Say what is to go: --unused, --duplicates or --side-files.')
  const unused = await readUnused(told)
  const isOnlyTold = names.length === 0 && !duplicates && !sideFiles
  const files = isOnlyTold ? unused.files : (await findAll(names)).map((file) => normalize(file))
  const removals: Removal[] = []
  const rewrites: Rewrite[] = []
  for (const file of files) {
    const own = await removalsOf(file, unused, duplicates ? compileRules(await readRules(file), match) : undefined)
    if (own.length === 0) continue
    removals.push(...own)
    rewrites.push(await rewriteWithout(file, new Set(own.map(({ kept }) => kept.line))))
  }
  const changed = new Map(rewrites.map(({ file, after }) => [file, after]))
  return { removals, rewrites, orphans: sideFiles ? await findOrphans(files, changed) : [] }
}

/** @param rules those that it is played by, where duplicates are to go */
async function removalsOf(file: string, { lines, sizes }: Unused, rules: MatchRules | undefined): Promise<Removal[]> {
  const all: KeptInteraction[] = []
  for await (const kept of readInteractions(file)) all.push(kept)
  const told = lines.get(resolve(file)) ?? new Set()
  const size = sizes.get(resolve(file)) ?? all.length
  const strange = [...told].find((line) => !all.some((kept) => kept.line === line))
  if (size !== all.length || strange !== undefined)
    throw new CommandError(
      `${file} is not what the report has seen (${plural(size, 'interaction')}, now ${all.length}). Run the tests again, and take their report.`
    )
  const unused = all.filter(({ line }) => told.has(line))
  const left = all.filter(({ line }) => !told.has(line))
  const spare = rules ? findDuplicates(left, rules) : []
  return [
    ...unused.map((kept) => ({ kept, why: 'unused' as const })),
    ...spare.map((kept) => ({ kept, why: 'duplicate' as const }))
  ].toSorted((a, b) => a.kept.number - b.kept.number)
}

function render({ removals, rewrites, orphans }: Plan, terminal: Terminal | undefined): string {
  if (removals.length + orphans.length === 0) return 'Nothing to remove.\n'
  const rows = [
    ...removals.map(({ kept: { file, number, interaction }, why }) => ({
      place: `${printable(file)}:${number}`,
      why,
      what: printable(`${interaction.request.method} ${new URL(interaction.request.url).pathname}`)
    })),
    ...orphans.map(({ file, bytes }) => ({ place: printable(file), why: 'side file', what: showBytes(bytes) }))
  ]
  const columns = [
    { title: 'place', cell: ({ place }: (typeof rows)[number]) => place },
    { title: 'why', cell: ({ why }: (typeof rows)[number]) => why },
    { title: 'what', sheds: 1, cell: ({ what }: (typeof rows)[number]) => what }
  ]
  const whole = rewrites
    .filter(({ after }) => after === undefined)
    .map(({ file }) => `Nothing is left of ${printable(file)}: it goes.`)
  return [...drawTable(rows, columns, terminal), '', ...whole, ...(whole.length > 0 ? [''] : [])]
    .join('\n')
    .concat(whole.length > 0 ? '' : '\n')
}

function toJson({ removals, rewrites, orphans }: Plan, removed: boolean): object {
  return {
    removed,
    interactions: removals.map(({ kept: { file, number, line }, why }) => ({ file, number, line, why })),
    cassettes: rewrites.flatMap(({ file, after }) => (after === undefined ? [file] : [])),
    sideFiles: orphans
  }
}
