/** Opens the cassettes of a run: one tape and one redaction for each file, all of them knowing every secret in use. */
import { CassetteError, type Tape } from './cassettes/interaction.ts'
import { assertWritable, createFileStore } from './cassettes/file-store.ts'
import { isFolderPlace, resolveCassette } from './cassettes/place.ts'
import { openTape } from './cassettes/tape.ts'
import { createFolderTapes } from './folder-tapes.ts'
import { inPlay, playTape, type PlayParts } from './play-tape.ts'
import type { PlayedTape, Tapes } from './pipeline/ports.ts'

export interface TapesOptions extends Omit<PlayParts, 'store' | 'name'> {
  /** The cassette's name, file or folder; `undefined`: `recordings/default.yaml`. */
  readonly place: string | undefined
}

/** Tapes, and which of them are open. */
export interface LoadedTapes extends Tapes {
  /** The tapes that are open, in the order in which they were opened. */
  loaded(): readonly Tape[]
  /** Opens all that there are. Throws `CassetteError`. */
  openAll(): Promise<void>
}

/** Tapes that can be checked before the first request comes. */
export interface CheckedTapes extends LoadedTapes {
  /**
   * Opens the cassette that is named, or else `recordings/default.yaml`. In a folder that is named any one must be there (or, to
   * record, it must be writable). Throws `CassetteError`.
   */
  check(): Promise<void>
}

/** What loading a cassette takes. */
export interface LoadParts extends Omit<PlayParts, 'store' | 'name'> {
  /**
   * The cassette that the file is to become, as messages name it.
   * @default the file
   */
  readonly name?: string
  /**
   * Where a cassette that can only be read is missing: `refuse` throws, with `empty` every request is a miss that says so.
   * @default 'refuse'
   */
  readonly missing?: 'refuse' | 'empty'
}

/** Opens a cassette with a redaction of its own. Throws `CassetteError` where the mode cannot do with what is there. */
export async function loadTape(file: string, { name = file, missing = 'refuse', ...parts }: LoadParts): Promise<PlayedTape> {
  return checked(await playTape({ ...parts, store: createFileStore(file, name), name }), file, missing)
}

async function checked(loaded: PlayedTape, file: string, missing: LoadParts['missing'] = 'refuse'): Promise<PlayedTape> {
  const { tape, allowed } = loaded
  if (missing === 'refuse' && !allowed.calls && !tape.existed) throw noTape(tape.name)
  if (allowed.writes) await assertWritable(file)
  return loaded
}

export function createTapes({ place, mode, match, policy, secrets, report }: TapesOptions): CheckedTapes {
  const parts = { mode, match, policy, secrets, report }
  const tapes = new Map<string, Promise<Tape>>()
  const open: Tape[] = []
  const played = new Map<string, Promise<PlayedTape>>()

  const openFile = (file: string, warm: boolean): Promise<Tape> =>
    once(tapes, file, async () => {
      const tape = await openTape({ store: createFileStore(file), name: file, report, match, warm })
      open.push(tape)
      return tape
    })

  async function openOne(file: string): Promise<PlayedTape> {
    const loaded = await once(played, file, async () => checked(inPlay(await openFile(file, true), parts), file))
    const { tape, allowed } = loaded
    if (allowed.reads && !tape.isCurrent() && !(await tape.refresh()) && !allowed.calls) throw noTape(file)
    return loaded
  }

  const own = resolveCassette({ place, session: '' })
  const isFolder = place !== undefined && isFolderPlace(place) && mode !== 'record'
  const folder = isFolder ? createFolderTapes({ ...parts, folder: place, own, openOne, openFile }) : undefined

  return {
    modeOf: () => mode,
    open: async (session) =>
      folder && session === '' ? folder.open() : openOne(session === '' ? own : resolveCassette({ place, session })),
    loaded: () => open,
    async openAll() {
      await folder?.open()
    },
    async check() {
      if (mode === 'live') return
      if (folder) await folder.check()
      else await openOne(own)
    }
  }
}

/** What could not be opened is tried anew: it may have been mended meanwhile. */
function once<T>(known: Map<string, Promise<T>>, key: string, open: () => Promise<T>): Promise<T> {
  const before = known.get(key)
  if (before) return before
  const opening = open()
  known.set(key, opening)
  opening.catch(() => known.delete(key))
  return opening
}

function noTape(name: string): CassetteError {
  const message = `The cassette ${name} does not exist, and replay never calls the network. Record it first (--record, or mode "record"), or name another.`
  return new CassetteError('cassette_missing', message)
}
