/** Reads which interactions are not used: as people name them, or as the report of a run says it. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as z from 'zod'
import { tryParseJson } from '../../http/json.ts'
import { findCassettes, readNamed } from '../cassette-files.ts'
import { CommandError } from '../command-error.ts'

/** What is not used. Paths are absolute: one file may be named in several ways. */
export interface Unused {
  /** The cassettes, as they were named. */
  readonly files: readonly string[]
  readonly lines: ReadonlyMap<string, ReadonlySet<number>>
  /** How many interactions a report has seen in a cassette: another number now means that its lines are old. */
  readonly sizes: ReadonlyMap<string, number>
}

/** What a run reports of a cassette: its file, how many interactions it holds, and the places (`file:line`) that nobody asked for. */
const cassetteUse = z.object({
  name: z.string(),
  size: z.number().int().nonnegative(),
  unused: z.array(z.object({ place: z.string().regex(/:\d+$/) }))
})

const report = z.union([
  z.array(cassetteUse),
  z.object({ cassettes: z.array(cassetteUse) }).transform(({ cassettes }) => cassettes)
])

/** @throws {@link CommandError} where a name is neither a report nor an interaction */
export async function readUnused(names: readonly string[]): Promise<Unused> {
  const lines = new Map<string, Set<number>>()
  const sizes = new Map<string, number>()
  const files = new Map<string, string>()
  const add = (file: string, line: number): void => {
    const path = resolve(file)
    lines.set(path, (lines.get(path) ?? new Set()).add(line))
    if (!files.has(path)) files.set(path, file)
  }
  for (const name of names) {
    const text = /\.ya?ml$/i.test(name) ? undefined : await readFile(name, 'utf8').catch(() => undefined)
    if (text === undefined) {
      for (const { file, line } of await readNamed(name)) add(file, line)
      continue
    }
    const told = report.safeParse(tryParseJson(text))
    if (!told.success)
      throw new CommandError(
        `${name} is no report of a run: it must be JSON, a list of cassettes with name, size and unused. Name another, or interactions as file:N.`
      )
    for (const { name: cassette, size, unused } of told.data) {
      const [file] = await findCassettes(cassette)
      sizes.set(resolve(file!), size)
      for (const { place } of unused) add(file!, Number(/\d+$/.exec(place)![0]))
    }
  }
  return { files: [...files.values()], lines, sizes }
}
