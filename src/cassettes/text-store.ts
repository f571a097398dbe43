/** A cassette at hand as text, with the files beside it: it can be read, and never changes. */
import { CassetteError } from './interaction.ts'
import { nameSideFile, readSideFile } from './side-file.ts'
import type { CassetteStore } from './store.ts'

export interface StoredText {
  readonly text: string
  /** As messages name it. */
  readonly name: string
  /** By their names in the text. */
  readonly files: Readonly<Record<string, Uint8Array>>
}

export function createTextStore({ text, name, files }: StoredText): CassetteStore {
  const bytes = Buffer.from(text)
  const state = { id: name, size: bytes.length, changedAt: 0 }
  const readNow = (start: number, into: Buffer): number => bytes.copy(into, 0, start)
  return {
    state: () => state,
    readNow,
    read: async (start, into) => readNow(start, into),
    nameFile: (kept) => nameSideFile(name, kept),
    readFile: (file) => readSideFile(name, file, () => (Object.hasOwn(files, file) ? files[file]! : 'it is missing')),
    async write() {
      throw new CassetteError('cassette_unwritable', `The cassette ${name} is at hand as text: it can only be replayed.`)
    }
  }
}
