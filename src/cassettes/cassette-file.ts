/** One cassette on disk: its documents are read when they are asked for, and appended under a lock; changes by others are seen. */
import type { PlaceholderNumbers } from '../redaction/placeholders.ts'
import { collectFiles } from './collect-files.ts'
import { HEADER_TEXT, writeInteraction, writeRequest } from './document.ts'
import { SEPARATOR } from './separator.ts'
import type { CassetteHeader } from './header-document.ts'
import type { DocumentIndex, Entry } from './document-index.ts'
import { createDocumentReader, type DocumentReader } from './document-reader.ts'
import type { CassetteStore, CassetteWriter } from './store.ts'
import { createFollowedFile, type FollowedFile } from './followed-file.ts'
import type { Interaction, RecordedRequest, TextCheck } from './interaction.ts'
import { findLikeliest } from './likeliest.ts'
import type { CassetteRules } from './matching/rules.ts'
import { renumber } from './renumber.ts'
import type { DocumentSource } from './search-documents.ts'
import type { SideFile } from './side-file.ts'
import { streamsOf } from './streams-of.ts'

export interface CassetteFileParts {
  readonly store: CassetteStore
  /** As messages name the cassette. */
  readonly name: string
  /** One line for the operator: an unfinished end was left out. */
  readonly report: (message: string) => void
  /**
   * Bytes of documents whose interactions are kept at hand.
   * @default 16 MB
   */
  readonly keptBytes?: number
}

/** A cassette on disk. What others have changed is seen with the next `refresh`. */
export interface CassetteFile
  extends
    Pick<DocumentIndex, 'entries' | 'placeholders'>,
    Pick<FollowedFile, 'version' | 'isCurrent'>,
    Pick<DocumentReader, 'text' | 'read' | 'request' | 'requestLater' | 'requests' | 'parse'> {
  /** Whether it existed when it was opened. */
  readonly existed: boolean
  /** The rules of matching that its first document gives. */
  readonly rules: CassetteRules
  /** What goes wrong on purpose, by its first document. */
  readonly faults: CassetteHeader['faults']
  /**
   * Reads what has changed. Throws `CassetteError`.
   * @returns whether there is a file
   */
  refresh(): Promise<boolean>
  /** Where its documents are read window by window: as they are now, and those that are added. */
  source(): DocumentSource
  /** The places, in `entries`, of the documents whose requests are most like that of a text, the most alike first. */
  likeliest(text: string, most: number): number[]
  /** A request's text, as a document would hold it. */
  write(request: RecordedRequest): string
  /**
   * Appends one interaction, whole or not at all.
   * @param check sees what is to be written before a byte is
   * @param numbers those of its placeholders: what others have written meanwhile is not written again for another secret
   */
  append(interaction: Interaction, check: TextCheck, numbers?: PlaceholderNumbers): Promise<Entry>
}

/** Opens a cassette, or the place for one. Throws `CassetteError` where its header, or a document edited by hand, cannot be read. */
export async function openCassetteFile({ store, name, report, keptBytes }: CassetteFileParts): Promise<CassetteFile> {
  const existed = store.state() !== undefined
  const reader: DocumentReader = createDocumentReader({
    store,
    name,
    version: () => file.header?.version,
    changed: () => file.doubt(),
    keptBytes
  })
  const file = createFollowedFile({ store, name, reader })
  // Reading what is new, and appending.
  const queue = createQueue()
  const write = createSharedWrite<Entry>((task) => queue(() => store.write(task)))

  async function append(writer: CassetteWriter, text: string, files: readonly SideFile[]): Promise<Entry> {
    const { end } = file
    if (!file.isWhole) await writer.cut(end.byte)
    const before = (end.byte === 0 ? HEADER_TEXT : end.startsLine ? '' : '\n') + SEPARATOR
    const written = Buffer.from(before + text)
    try {
      await writer.append(written, end.byte, files)
    } catch (error) {
      file.wrote(Buffer.alloc(0), 0)
      throw error
    }
    return file.wrote(written, Buffer.byteLength(before))!
  }

  function settle(placeholder: string, numbers: PlaceholderNumbers, written: Set<string>): string {
    const settled = numbers.settle(placeholder, file.index.hasPlaceholder)
    written.add(settled)
    return settled
  }

  await queue(file.catchUp)
  if (!file.isWhole && file.end.byte > 0) report(unfinished(name))
  return {
    existed,
    get entries() {
      return file.index.entries
    },
    get version() {
      return file.version
    },
    get rules() {
      return file.header?.rules ?? NO_RULES
    },
    get faults() {
      return file.header?.faults ?? []
    },
    placeholders: () => file.index.placeholders(),
    isCurrent: file.isCurrent,
    refresh: () => queue(file.catchUp).then(() => file.exists),
    text: reader.text,
    read: reader.read,
    request: reader.request,
    requestLater: reader.requestLater,
    requests: reader.requests,
    source: () => ({ entries: file.index.entries, read: store.read }),
    parse: reader.parse,
    likeliest: (text, most) => findLikeliest(Buffer.from(text), most, { index: file.index, readRange: reader.bytes }),
    write: (request) => writeRequest(request, collectFiles(store)),
    async append(interaction, check, numbers) {
      const composed = compose(interaction, check, store)
      return write(async (writer) => {
        await file.catchUp()
        const written = new Set<string>()
        const settled = numbers ? renumber(interaction, (one) => settle(one, numbers, written)) : interaction
        const { text, files } = settled === interaction ? composed : compose(settled, check, store)
        const entry = await append(writer, text, files)
        for (const placeholder of written) numbers?.wrote(placeholder)
        reader.keep(entry, settled)
        return entry
      })
    }
  }
}

const NO_RULES: CassetteRules = {}

/** Runs tasks one after the other. */
function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve()
  return (task) => {
    const done = tail.then(task)
    tail = done.catch(() => undefined)
    return done
  }
}

/** Most recordings that are written under one lock: other processes wait for it. */
const MOST_TOGETHER = 64

type WriteTask<T> = (writer: CassetteWriter) => Promise<T>

/** What is to be written while another has the lock is written under the same one. Each fails by itself. */
function createSharedWrite<T>(locked: (task: WriteTask<void>) => Promise<void>): (task: WriteTask<T>) => Promise<T> {
  const waiting: { readonly task: WriteTask<T>; resolve(value: T): void; reject(error: unknown): void }[] = []

  async function writeAll(writer: CassetteWriter): Promise<void> {
    for (let written = 0; waiting.length > 0 && written < MOST_TOGETHER; written += 1) {
      const { task, resolve, reject } = waiting.shift()!
      await task(writer).then(resolve, reject)
    }
  }

  /** Without a lock nothing is written of what waits. */
  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await locked(writeAll).catch((error: unknown) => {
        for (const { reject } of waiting.splice(0)) reject(error)
      })
    }
    isDraining = false
  }

  let isDraining = false
  return (task) =>
    new Promise((resolve, reject) => {
      waiting.push({ task, resolve, reject })
      if (!isDraining) void drain()
      isDraining = true
    })
}

/** What is to be written of an interaction, once it has been checked. */
function compose(
  interaction: Interaction,
  check: TextCheck,
  store: CassetteStore
): { readonly text: string; readonly files: readonly SideFile[] } {
  const collected = collectFiles(store)
  const text = writeInteraction(interaction, collected)
  // A form that was tried and not used may have kept files for nothing.
  const files = [...collected.kept].filter(([file]) => text.includes(file))
  check(text)
  for (const stream of streamsOf(interaction)) check(stream.text, stream.part)
  for (const [, bytes] of files) check(Buffer.from(bytes).toString('latin1'))
  return { text, files }
}

function unfinished(name: string): string {
  const what = 'ends in an interaction that was not written to its end (a recording was cut off)'
  return `The cassette ${name} ${what}. It is left out; all others are there.`
}
