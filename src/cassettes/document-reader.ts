/** Reads documents of a cassette by their places, and keeps at hand what was read last. */
import { crc32 } from 'node:zlib'
import { readInteraction, readRequest, type DocumentPlace } from './document.ts'
import type { Entry } from './document-index.ts'
import type { CassetteStore } from './store.ts'
import { CassetteError, type Interaction, type RecordedRequest } from './interaction.ts'
import { createLru } from '../http/lru.ts'
import { readWindows } from './search-documents.ts'
import { withUnixLines } from './split.ts'

/** 16 MB: far less than a large cassette, and thousands of interactions. */
const KEPT_BYTES = 16 * 1024 * 1024

/** Bytes of documents that are read in one go where many are read: a few milliseconds of YAML. */
const FEW_BYTES = 16 * 1024

export interface DocumentReaderParts {
  readonly store: CassetteStore
  /** As messages name the cassette. */
  readonly name: string
  /** The version of the format, as the cassette's header says it. */
  readonly version: () => number | undefined
  /** Called when a document's bytes are not those that were there: the file has changed. */
  readonly changed: () => void
  /**
   * Bytes of documents whose interactions are kept at hand.
   * @default 16 MB
   */
  readonly keptBytes?: number | undefined
}

/** Everything throws `CassetteError`. */
export interface DocumentReader {
  /** Bytes of the cassette from a place on. */
  bytes(start: number, size: number): Buffer
  /** Whether a document's bytes are those that were there. */
  isUnchanged(entry: Entry): boolean
  text(entry: Entry): string
  read(entry: Entry): Interaction
  /** Its request alone: where others are not needed, in half of the time. */
  request(entry: Entry): RecordedRequest
  /** The same, while others have their turn. */
  requestLater(entry: Entry): Promise<RecordedRequest>
  /** The same for documents from a number on, some at once, while others have their turn between. */
  requests(
    entries: readonly Entry[],
    from: number
  ): AsyncIterable<{ readonly document: number; readonly read: () => RecordedRequest }>
  /** An interaction whose text is at hand. */
  parse(text: string, line: number): Interaction
  /** Keeps at hand what a document holds. */
  keep(entry: Entry, interaction: Interaction): void
}

export function createDocumentReader({ store, name, version, changed, keptBytes }: DocumentReaderParts): DocumentReader {
  const recent = createLru<Entry, Interaction>(keptBytes ?? KEPT_BYTES)
  const placeOf = (line: number): DocumentPlace => ({ name, line, version: version() })

  function bytes(start: number, size: number): Buffer {
    const filled = Buffer.allocUnsafe(size)
    return filled.subarray(0, store.readNow(start, filled))
  }

  const text = (entry: Entry): string => checked(bytes(entry.start, entry.size), entry)

  function checked(found: Buffer, { sum }: Entry): string {
    if (crc32(found) === sum) return withUnixLines(found).toString()
    changed()
    const message = `The cassette ${name} was changed on disk at this moment. Send the request again.`
    throw new CassetteError('cassette_changed', message)
  }

  const parseRequest = (found: Buffer, entry: Entry): RecordedRequest =>
    recent.get(entry)?.request ?? readRequest(checked(found, entry), placeOf(entry.line), store.readFile)

  async function* requests(entries: readonly Entry[], from: number): ReturnType<DocumentReader['requests']> {
    for await (const window of readWindows({ entries, read: store.read }, from, FEW_BYTES)) {
      for (let document = window.from; document < window.to; document += 1) {
        const [start, entry] = [window.start(document), entries[document]!]
        yield { document, read: () => parseRequest(window.bytes.subarray(start, start + entry.size), entry) }
      }
    }
  }

  const parse = (document: string, line: number): Interaction => readInteraction(document, placeOf(line), store.readFile)
  const keep = (entry: Entry, interaction: Interaction): void => recent.set(entry, interaction, entry.size)

  return {
    bytes,
    isUnchanged: ({ start, size, sum }) => crc32(bytes(start, size)) === sum,
    text,
    read(entry) {
      const kept = recent.get(entry)
      if (kept) return kept
      const interaction = parse(text(entry), entry.line)
      keep(entry, interaction)
      return interaction
    },
    request: (entry) => recent.get(entry)?.request ?? readRequest(text(entry), placeOf(entry.line), store.readFile),
    async requestLater(entry) {
      const kept = recent.get(entry)?.request
      if (kept) return kept
      const filled = Buffer.allocUnsafe(entry.size)
      return parseRequest(filled.subarray(0, await store.read(entry.start, filled)), entry)
    },
    requests,
    parse,
    keep
  }
}
