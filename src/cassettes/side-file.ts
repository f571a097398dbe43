/** What a file beside a cassette is called, and how it is known to be the one that was written. */
import { hash } from 'node:crypto'
import { CassetteError } from './interaction.ts'

/** A name, e.g. `weather.files/3f2a….bin`, and what the file holds. */
export type SideFile = readonly [name: string, bytes: Uint8Array]

/** A cassette is renamed, and joined with others: its files stay in the folder of the one that recorded them. */
const SIDE_FILE = /^[^/\\]+\.files\/([0-9a-f]{32})\.bin$/

/** The names of files that a text may mean. */
export function sideFilesIn(text: string): string[] {
  return [...new Set(text.match(/[^/\\\s'"]+\.files\/[0-9a-f]{32}\.bin/g))]
}

/** The folder of a cassette's files, beside it: `weather.files`. */
export function filesFolderOf(cassette: string): string {
  return `${cassette.replace(/^.*[/\\]/s, '').replace(/\.ya?ml$/i, '')}.files`
}

/** The name under which a cassette keeps bytes. */
export function nameSideFile(cassette: string, bytes: Uint8Array): string {
  return `${filesFolderOf(cassette)}/${digest(bytes)}.bin`
}

/** Of what a cassette means by a name, the bytes, or why there are none. */
export function findSideFile(cassette: string, name: string, read: () => Uint8Array | string): Uint8Array | string {
  const wanted = SIDE_FILE.exec(name)?.[1]
  if (wanted === undefined) return `it must be called ${filesFolderOf(cassette)}/DIGEST.bin`
  const found = read()
  return typeof found === 'string' || digest(found) === wanted ? found : 'it is not what was recorded'
}

/** The same. Throws `CassetteError` where there are none. */
export function readSideFile(cassette: string, name: string, read: () => Uint8Array | string): Uint8Array {
  const found = findSideFile(cassette, name, read)
  if (typeof found !== 'string') return found
  const message = `The cassette ${cassette} refers to ${name}, but ${found}. Restore the file, or record anew.`
  throw new CassetteError('cassette_broken', message)
}

function digest(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex').slice(0, 32)
}
