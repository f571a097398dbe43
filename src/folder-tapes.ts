/** Plays all the cassettes of a folder as one, for requests whose base URL names none of them. */
import { assertWritable } from './cassettes/file-store.ts'
import { CassetteError, type Tape } from './cassettes/interaction.ts'
import { createUnion, type Union } from './cassettes/union.ts'
import type { Faults } from './faults/faults.ts'
import { createListing, type Listing } from './list-cassettes.ts'
import type { LoadedTape, PlayedTape } from './pipeline/ports.ts'
import { modeRules, type Mode } from './pipeline/source.ts'
import { createRedaction } from './redaction/index.ts'
import type { RedactionPolicy } from './redaction/policy.ts'
import type { SecretBook } from './secret-book.ts'
import { openTapeFaults } from './tape-faults.ts'

export interface FolderTapesParts {
  readonly folder: string
  /** The cassette that takes what is recorded. */
  readonly own: string
  readonly mode: Mode
  readonly policy: RedactionPolicy
  readonly secrets: SecretBook
  /** One line for the operator. */
  readonly report: (message: string) => void
  /** Puts a cassette in play by itself. */
  readonly openOne: (file: string) => Promise<PlayedTape>
  /** The tape of a file, the same each time. */
  readonly openFile: (file: string, warm: boolean) => Promise<Tape>
}

export interface FolderTapes {
  /** All of it, as it is now. Throws `CassetteError` where any cassette is broken: what would answer cannot be told then. */
  open(): Promise<PlayedTape>
  /** Throws `CassetteError` where it holds no cassette, or cannot be written though it has to be. Opens none: that waits for the first request. */
  check(): Promise<void>
}

/** How many files are opened at once. */
const AT_ONCE = 16

export function createFolderTapes(parts: FolderTapesParts): FolderTapes {
  const { folder, own, mode, policy, secrets, report, openOne, openFile } = parts
  const listing: Listing = createListing(folder)
  const faults = new Map<Tape, Faults>()
  let opening: Promise<PlayedTape> | undefined
  let union: Union | undefined
  let members: readonly Tape[] = []
  let last: { readonly listed: readonly string[]; readonly played: PlayedTape } | undefined
  let keeper: Promise<PlayedTape> | undefined
  const redaction = secrets.join(createRedaction({ policy }))

  /** Where recordings go: only a mode that may record has one. */
  async function openKeeper(): Promise<PlayedTape | undefined> {
    if (mode === 'replay') return undefined
    keeper ??= openOne(own)
    try {
      return await keeper
    } catch (error) {
      keeper = undefined
      throw error
    }
  }

  async function openAll(): Promise<PlayedTape> {
    const kept = await openKeeper()
    // A cassette that `once` records anew answers nothing yet.
    const isNew = mode === 'once' && kept?.tape.existed === false
    const allowed = modeRules(mode === 'once' ? (isNew ? 'auto' : 'replay') : mode, true)
    const listed = await listing.files()
    if (last?.listed === listed && members.every((tape) => tape.isCurrent())) return last.played
    const files = listed.filter((file) => !isNew || file !== own)
    const tapes = await inTurns(files, async (file) => {
      const tape = await openFile(file, file === own)
      const isThere = tape.isCurrent() || (await tape.refresh())
      if (!faults.has(tape)) faults.set(tape, openTapeFaults(tape, allowed, report))
      return isThere ? tape : undefined
    })
    const present = tapes.filter((tape) => tape !== undefined)
    if (present.length === 0 && !allowed.calls) throw noCassette(folder)
    if (!union || !isSame(present, members)) {
      members = present
      union = createUnion({ name: folder, tapes: present, own: kept?.tape ?? present[0]! })
    }
    const played = play(union, kept, allowed)
    last = { listed, played }
    return played
  }

  function play(tape: Union, kept: PlayedTape | undefined, allowed: PlayedTape['allowed']): PlayedTape {
    const whole: LoadedTape = { tape, redaction: kept?.redaction ?? redaction }
    const isAnyFaulty = members.some(({ faults: named }) => named.length > 0)
    return {
      ...whole,
      allowed,
      recording: kept?.recording ?? whole,
      async faultsFor(request) {
        if (!isAnyFaulty) return []
        const answering = await tape.find(request())
        return answering ? [faults.get(answering)!] : []
      }
    }
  }

  const open = (): Promise<PlayedTape> => (opening ??= openAll().finally(() => (opening = undefined)))

  return {
    open,
    async check() {
      const { length } = await listing.files()
      if (mode !== 'replay') await assertWritable(own)
      else if (length === 0) throw noCassette(folder)
    }
  }
}

function isSame(some: readonly Tape[], others: readonly Tape[]): boolean {
  return some.length === others.length && some.every((tape, index) => tape === others[index])
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    done.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))))
  }
  return done
}

function noCassette(folder: string): CassetteError {
  const message = `The folder ${folder} holds no cassette, and replay never calls the network. Record one first (--record ${folder}, or mode "record"), or name another.`
  return new CassetteError('cassette_missing', message)
}
