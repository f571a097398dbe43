/** The contract of what keeps the text of one cassette, and the files beside it. */
import type { SideFile } from './side-file.ts'
import type { SideFolder } from './side-files.ts'

/** What tells whether a file is still the one it was. */
export interface FileState {
  /** Another file under the same name has another id. */
  readonly id: string
  readonly size: number
  readonly changedAt: number
}

export function sameState(one: FileState | undefined, other: FileState | undefined): boolean {
  return one?.id === other?.id && one?.size === other?.size && one?.changedAt === other?.changedAt
}

/** Changes a cassette, while no other process does. */
export interface CassetteWriter {
  /** Cuts off everything behind this many bytes. */
  cut(bytes: number): Promise<void>
  /**
   * Appends bytes, and writes the files beside the cassette that they name: all of it or nothing.
   * @param size how large the cassette is
   */
  append(bytes: Uint8Array, size: number, files: readonly SideFile[]): Promise<void>
}

/** Where the text of one cassette, and the files beside it, are kept. Everything throws `CassetteError`. */
export interface CassetteStore extends Pick<SideFolder, 'nameFile' | 'readFile'> {
  /** `undefined` where there is no cassette. */
  state(): FileState | undefined
  /** Fills a buffer from a place in the cassette, and says how many bytes there were: fewer than fit only at its end. */
  read(start: number, into: Buffer): Promise<number>
  /** The same at once. */
  readNow(start: number, into: Buffer): number
  /** Runs a task while no other process writes; the folder is made where it is missing. */
  write<T>(task: (writer: CassetteWriter) => Promise<T>): Promise<T>
}
