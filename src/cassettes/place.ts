/** Finds the file that a name, a path or a session of a base URL means. */
import { join } from 'node:path'
import { CassetteError } from './interaction.ts'

const DEFAULT_FOLDER = 'recordings'
const DEFAULT_NAME = 'default'

/** What the user named, and the session of the base URL. */
export interface CassettePlace {
  /** `weather`: `recordings/weather.yaml`; `tests/weather.yaml`: that file; `tests/tapes`: that folder; none: `recordings`. */
  readonly place: string | undefined
  /** The name in `/~/NAME/v1/…`: a file of that name in the same folder; `''` where the base URL names none. */
  readonly session: string
}

/** The path of the cassette. Throws {@link CassetteError} on a session that would leave the folder. */
export function resolveCassette({ place, session }: CassettePlace): string {
  const { folder, file } = readPlace(place)
  if (session === '') return join(folder, file)
  const name = session.replace(/\.ya?ml$/i, '')
  checkSession(name)
  return join(folder, `${name}.yaml`)
}

/** As people are told of it: `cassette recordings/weather.yaml`, `cassettes in tests/tapes`. */
export function namePlace(place: string | undefined): string {
  const isFolder = place !== undefined && isFolderPlace(place)
  return isFolder ? `cassettes in ${place}` : `cassette ${resolveCassette({ place, session: '' })}`
}

/** The path of a cassette whose name may have folders in it: `agents/weather`. Throws {@link CassetteError} where it would leave the folder. */
export function resolveNested(place: string | undefined, name: string): string {
  const segments = name.split('/')
  for (const segment of segments) checkSession(segment)
  const file = segments.pop()!
  return join(readPlace(place).folder, ...segments, `${file.replace(/\.ya?ml$/i, '')}.yaml`)
}

/** Whether a place is a folder, in which every session has a file of its own. */
export function isFolderPlace(place: string | undefined): boolean {
  return place === undefined || place === '' || (!isFile(place) && /[/\\]/.test(place)) || place === '.' || place === '..'
}

function readPlace(place: string | undefined): { readonly folder: string; readonly file: string } {
  if (place?.includes('\0')) throw new CassetteError('cassette_name', 'The name of a cassette cannot hold a NUL character.')
  if (place === undefined || place === '') return { folder: DEFAULT_FOLDER, file: `${DEFAULT_NAME}.yaml` }
  if (isFolderPlace(place)) return { folder: place, file: `${DEFAULT_NAME}.yaml` }
  if (!isFile(place)) return { folder: DEFAULT_FOLDER, file: `${place}.yaml` }
  const cut = Math.max(place.lastIndexOf('/'), place.lastIndexOf('\\'))
  return { folder: cut === -1 ? '.' : place.slice(0, cut + 1), file: place.slice(cut + 1) }
}

function isFile(place: string): boolean {
  return /\.ya?ml$/i.test(place)
}

function checkSession(session: string): void {
  // File systems take names of 255 bytes; the folder of a cassette's files is a little longer than its own name.
  const isShort = Buffer.byteLength(session) <= 200
  if (isShort && /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.@+ -]*$/u.test(session) && !session.includes('..')) return
  const shown = JSON.stringify(session.slice(0, 60))
  throw new CassetteError(
    'cassette_name',
    `${shown} is no name of a cassette. Use at most 200 letters, digits, "_", "-", "." and spaces; begin with a letter or digit.`
  )
}
