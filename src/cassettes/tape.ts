/** A cassette in play: answers requests by the rules of matching, explains a miss, knows what was used, and appends. */
import { openCassetteFile, type CassetteFileParts } from './cassette-file.ts'
import type { Entry } from './document-index.ts'
import {
  CassetteError,
  type InteractionUse,
  type MissReason,
  type Offer,
  type RecordedRequest,
  type Tape,
  type TapeAnswer,
  type TapeMiss
} from './interaction.ts'
import { createMatcher, type Match, type Matcher } from './matching/matcher.ts'
import { createRecordedIds } from './matching/recorded-ids.ts'
import { rewriteIds } from './matching/rewrite-ids.ts'
import { compileRules, type MatchRules, type MatchSettings } from './matching/rules.ts'
import { findNearest } from './nearest.ts'
import { readTexts, searchDocuments } from './search-documents.ts'

/** How many recordings are compared in full with a request that none fits. */
const COMPARED = 32

type Miss = Extract<Match, { kind: 'miss' }>

const NOTHING_EQUAL: Miss = { kind: 'miss', reason: 'none', documents: [] }

/** How many documents, of different places, are read while a cassette is opened. */
const WARMING = 6

export interface TapeParts extends CassetteFileParts {
  /** Rules of matching besides those of the cassette. */
  readonly match?: MatchSettings | undefined
  /**
   * Whether some of it is read at once, so that the first request does not wait for that.
   * @default true
   */
  readonly warm?: boolean
}

/** Opens a cassette. Throws `CassetteError` where its header, or a document that was edited by hand, cannot be read. */
export async function openTape({ match = {}, warm = true, ...parts }: TapeParts): Promise<Tape> {
  const { name } = parts
  const file = await openCassetteFile(parts)
  let [version, given] = [file.version, file.rules]
  let { rules, matcher } = begin()

  function begin(): { readonly rules: MatchRules; readonly matcher: Matcher } {
    const inForce = compileRules(file.rules, match)
    const documents = file.source()
    const size = (): number => documents.entries.length
    const source = {
      size,
      request: (document: number) => file.requestLater(documents.entries[document]!),
      requests: (from: number) => file.requests(documents.entries, from),
      search: (from: number, needles: readonly string[]) => searchDocuments(documents, from, needles),
      isCurrent: () => documents.entries === file.entries
    }
    const ids = createRecordedIds({ size, texts: (from) => readTexts(documents, from) })
    return { rules: inForce, matcher: createMatcher({ rules: inForce, source, ids }) }
  }

  /** Takes in what has come to the file since: what other processes recorded, what a person edited. */
  function current(): Matcher {
    if (version !== file.version || given !== file.rules) {
      ;[version, given] = [file.version, file.rules]
      ;({ rules, matcher } = begin())
    }
    for (let next = matcher.uses.length; next < file.entries.length; next += 1) matcher.add(entryOf(next).keys)
    return matcher
  }

  /**
   * Finds what answers a request, by the file as it is: what others do meanwhile is minded.
   * @param decide called at once, so that no two requests are given the same
   */
  async function find<T>(request: RecordedRequest, decide: (found: Match) => T): Promise<T> {
    for (;;) {
      const asked = current()
      const found = asked.find(request)
      if (found) return decide(found)
      await asked.read(request)
      if (!file.isCurrent()) await file.refresh()
    }
  }

  function offerOf(found: Match): Offer | MissReason {
    if (found.kind === 'miss') return found.reason
    const isFresh = matcher.uses[found.document] === 0
    if (found.fit) return { by: 'ids', isFresh, isKnown: found.fit.isKnown, state: found.fit.state }
    return { by: found.isExact ? 'exact' : 'rules', isFresh }
  }

  function entryOf(document: number): Entry {
    return file.entries[document]!
  }

  function requestOf(document: number): RecordedRequest {
    return file.request(entryOf(document))
  }

  function placeOf(document: number): { readonly at: string; readonly place: string } {
    const { method, url } = requestOf(document)
    const at = `${name}:${entryOf(document).line}`
    const place = `${at} (interaction ${document + 1} of ${file.entries.length}, ${method} ${url.slice(0, 200)})`
    return { at, place }
  }

  function explain(request: RecordedRequest, { reason, documents }: Miss, most = COMPARED): TapeMiss {
    const told = { kind: 'miss', reason, recorded: file.entries.length, equal: documents.length } as const
    if (reason === 'played') {
      return { ...told, nearest: { ...placeOf(documents.at(-1)!), differences: [], distance: 0, rules: undefined } }
    }
    const likeliest = documents.length > 0 ? documents.slice(0, most) : file.likeliest(file.write(request), most)
    const nearest = findNearest(request, likeliest.map(requestOf), rules)
    if (!nearest) return { ...told, nearest: undefined }
    const { index, ...differs } = nearest
    return { ...told, nearest: { ...placeOf(likeliest[index]!), ...differs } }
  }

  /** Node compiles what answers when it first runs, and the index is made then: better now than while a client waits. */
  function warmUp(): void {
    const prepared = current()
    if (rules.fits) return
    const step = Math.ceil(file.entries.length / WARMING)
    for (const entry of file.entries.filter((_, document) => document % step === 0)) {
      try {
        prepared.find(file.parse(file.text(entry), entry.line).request)
      } catch (error) {
        // Whoever asks for it is told.
        if (!(error instanceof CassetteError)) throw error
      }
    }
  }

  if (warm) warmUp()
  return {
    name,
    existed: file.existed,
    get size() {
      return file.entries.length
    },
    get countedHeaders() {
      current()
      return rules.headers
    },
    isCurrent: file.isCurrent,
    refresh: file.refresh,
    placeholders: file.placeholders,
    get faults() {
      return file.faults
    },
    findAnswer({ status, origin }) {
      // Only what can be it is parsed.
      const mayBe = file.entries.filter((entry) => {
        const text = file.text(entry)
        return text.includes(`status: ${status}`) && text.includes(origin)
      })
      return mayBe
        .map(file.read)
        .find(({ request, response }) => response.status === status && request.url.startsWith(`${origin}/`))
    },
    has: (request) => find(request, ({ kind }) => kind === 'hit'),
    offer: (request) => find(request, offerOf),
    take: (request) =>
      find(request, (found): TapeAnswer => {
        if (found.kind === 'miss') return explain(request, found)
        const interaction = file.read(entryOf(found.document))
        const bindings = matcher.use(found.document, found.fit)
        const response = rewriteIds(interaction.response, bindings)
        return { kind: 'hit', cassette: name, interaction: { ...interaction, response } }
      }),
    explain: (request, most) => find(request, (found) => explain(request, found.kind === 'miss' ? found : NOTHING_EQUAL, most)),
    interactions(): InteractionUse[] {
      const { uses } = current()
      return file.entries.map(({ line, endpoint, model }, document) => {
        return { place: `${name}:${line}`, endpoint, model, uses: uses[document]! }
      })
    },
    async append(interaction, check, numbers) {
      const entry = await file.append(interaction, check, numbers)
      // What was just recorded has been answered: the next equal request gets it again, as the last one.
      current().use(file.entries.lastIndexOf(entry))
    }
  }
}
