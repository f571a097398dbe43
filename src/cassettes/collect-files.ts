/** Collects the side files of an interaction that is being written: they are not on disk yet. */
import type { SideFiles } from './bodies/form.ts'
import type { SideFolder } from './side-files.ts'

/** Files that were kept, by name. Those of the cassette that are on disk can be read as well. */
export function collectFiles(
  folder: Pick<SideFolder, 'nameFile' | 'readFile'>
): SideFiles & { readonly kept: ReadonlyMap<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>()
  return {
    kept,
    keep(bytes) {
      const file = folder.nameFile(bytes)
      kept.set(file, bytes)
      return file
    },
    read: (file) => kept.get(file) ?? folder.readFile(file)
  }
}
