/** Finds files beside cassettes that no cassette names any more. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isCassette } from '../cassette-files.ts'

export interface SideFile {
  readonly file: string
  readonly bytes: number
}

/**
 * Cassettes are renamed and joined: any one of the folder may name a file, so all are read. That a file's digest stands anywhere in
 * one is enough to keep it.
 * @param cassettes whose folders are looked through
 * @param changed what cassettes will hold, by their path; `undefined`: nothing, they go
 */
export async function findOrphans(
  cassettes: readonly string[],
  changed: ReadonlyMap<string, Uint8Array | undefined>
): Promise<SideFile[]> {
  const orphans: SideFile[] = []
  for (const folder of new Set(cassettes.map((file) => dirname(file)))) {
    const entries = await readdir(folder, { withFileTypes: true })
    const named = new Set<string>()
    for (const { name } of entries.filter((entry) => !entry.isDirectory() && isCassette(entry.name))) {
      const file = join(folder, name)
      const text = changed.has(file) ? changed.get(file) : await readFile(file)
      for (const [digest] of Buffer.from(text ?? [])
        .toString('latin1')
        .matchAll(SIDE_FILE))
        named.add(digest)
    }
    for (const { name } of entries.filter((entry) => entry.isDirectory() && entry.name.endsWith('.files'))) {
      for (const beside of await readdir(join(folder, name))) {
        const [digest] = beside.match(SIDE_FILE) ?? []
        const file = join(folder, name, beside)
        if (digest === beside && !named.has(digest)) orphans.push({ file, bytes: (await stat(file)).size })
      }
    }
  }
  return orphans
}

const SIDE_FILE = /[0-9a-f]{32}\.bin/g
