/** Finds the cassettes of a folder, and takes those away that nothing uses, with what lies beside them. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { carryOut, rewriteWithout, type Rewrite } from '../commands/recorded/remove.ts'
import { findOrphans } from '../commands/recorded/side-files.ts'
import type { Unused } from './unused.ts'

/** What is being recorded, or was by a test that failed, is no cassette. */
const NO_CASSETTE = /\.(?:failed|recording-s-[0-9a-f]+)\.ya?ml$/i

/** The cassettes of a folder and of those within it, in order. */
export async function cassettesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  return names
    .filter((name) => /\.ya?ml$/i.test(name) && !NO_CASSETTE.test(name))
    .map((name) => join(folder, name))
    .toSorted()
}

/** @throws an `Error` where a cassette changed meanwhile, or cannot be written; nothing was removed then */
export async function prune({ cassettes, recordings }: Unused): Promise<void> {
  const lines = new Map<string, Set<number>>()
  for (const { place } of recordings) {
    const [, file, line] = /^(.*):(\d+)$/s.exec(place)!
    lines.set(file!, (lines.get(file!) ?? new Set()).add(Number(line)))
  }
  const rewrites: Rewrite[] = []
  for (const file of cassettes) rewrites.push({ file, before: await readFile(file), after: undefined })
  for (const [file, own] of lines) rewrites.push(await rewriteWithout(file, own))
  const changed = new Map(rewrites.map(({ file, after }) => [file, after]))
  await carryOut(rewrites, await findOrphans([...changed.keys()], changed))
}
