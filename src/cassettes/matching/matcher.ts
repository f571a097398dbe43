/** Decides which recording answers a request: in recorded order, by the rules, with the client's own ids bound to the recorded ones. */
import { CassetteError, type MissReason, type RecordedRequest } from '../interaction.ts'
import type { MatchKeys } from '../key.ts'
import type { RequestSource } from './derived-keys.ts'
import { createIdBindings, type Fit } from './id-bindings.ts'
import { createMatchIndex, type Wanted } from './match-index.ts'
import { toMatchedRequest } from './matched-request.ts'
import { needlesOfPath } from './needles.ts'
import type { RecordedIds } from './recorded-ids.ts'
import type { Bindings } from './rewrite-ids.ts'
import type { MatchFunction, MatchRules } from './rules.ts'

/** What answers a request. Documents go by their number in the file, from 0. */
export type Match =
  | { readonly kind: 'hit'; readonly document: number; readonly isExact: boolean; readonly fit?: Fit }
  | { readonly kind: 'miss'; readonly reason: MissReason; readonly documents: readonly number[] }

export interface MatcherParts {
  readonly rules: MatchRules
  /** The documents' requests. */
  readonly source: RequestSource
  readonly ids: RecordedIds
}

export interface Matcher {
  /** Adds the next document. */
  add(keys: MatchKeys): void
  /**
   * What is known, at once; `undefined` where more must be read before it can be told: see {@link read}. Moves nothing. Throws
   * `CassetteError` where the user's own match function does.
   */
  find(request: RecordedRequest): Match | undefined
  /** Reads what {@link find} needs for a request. What came meanwhile may make it need more. */
  read(request: RecordedRequest): Promise<void>
  /** Counts a document as played, and gives the ids to put into its answer. */
  use(document: number, fit?: Fit): Bindings
  /** How often each document was played. */
  readonly uses: readonly number[]
}

const NOTHING: Match = { kind: 'miss', reason: 'none', documents: [] }

export function createMatcher({ rules, source, ids }: MatcherParts): Matcher {
  const uses: number[] = []
  const index = createMatchIndex(rules, source)
  const bindings = createIdBindings(ids)
  /** What the user's own function said of each request, and of how many documents. */
  const told = new WeakMap<RecordedRequest, { readonly documents: number[]; asked: number }>()

  function isFresh(document: number): boolean {
    return uses[document] === 0
  }

  /**
   * The first that was not played yet; else what `repeat` says.
   * @param favourites those that come first
   */
  function choose(documents: readonly number[], favourites: readonly number[]): Match {
    const hit = (document: number): Match => ({ kind: 'hit', document, isExact: favourites.includes(document) })
    const fresh = favourites.find(isFresh) ?? documents.find(isFresh)
    if (fresh !== undefined) return hit(fresh)
    if (rules.repeat === 'error') return { kind: 'miss', reason: 'played', documents }
    const again = favourites.length > 0 ? favourites : documents
    return hit(rules.repeat === 'last' ? again.at(-1)! : leastUsed(again))
  }

  function leastUsed(documents: readonly number[]): number {
    return documents.reduce((least, document) => (uses[document]! < uses[least]! ? document : least))
  }

  /** Ids of calls hold within their request; of all others it counts who had them before. */
  function needsRecordedIds(wanted: Wanted, alike: readonly number[]): boolean {
    return alike.length > 0 && wanted.ids().some((id) => id.class !== 'call') && !ids.isWhole()
  }

  /** Of recordings that are equal but for ids, the one whose ids can be the client's. */
  function chooseAlike(wanted: Wanted): Match | undefined {
    const alike = index.alike(wanted)
    if (!alike || needsRecordedIds(wanted, alike)) return undefined
    const fitting = alike.flatMap((document) => {
      const fit = bindings.fit(wanted.ids(), index.idsOf(document)!)
      return fit ? [{ document, fit }] : []
    })
    const known = fitting.filter(({ fit }) => fit.isKnown)
    const pool = known.length > 0 ? known : fitting
    if (pool.length === 0) return NOTHING
    const documents = pool.map(({ document }) => document)
    if (pool.some(({ fit }) => fit.state !== pool[0]!.fit.state)) return { kind: 'miss', reason: 'ids', documents }
    const chosen = choose(documents, documents)
    return chosen.kind === 'miss' ? chosen : { ...chosen, fit: pool[documents.indexOf(chosen.document)]!.fit }
  }

  function chooseByFunction(request: RecordedRequest): Match | undefined {
    const said = told.get(request)
    if (!said || said.asked < source.size()) return undefined
    return said.documents.length === 0 ? NOTHING : choose(said.documents, said.documents)
  }

  async function askFunction(request: RecordedRequest, fits: MatchFunction): Promise<void> {
    const said = told.get(request) ?? { documents: [], asked: 0 }
    const [view, address, size] = [toMatchedRequest(request), addressOf(request), source.size()]
    for await (const document of source.search(said.asked, needlesOfPath(pathOf(request)))) {
      if (document >= size) break
      const recorded = await source.request(document)
      if (addressOf(recorded) === address && ask(fits, view, toMatchedRequest(recorded))) said.documents.push(document)
    }
    said.asked = size
    told.set(request, said)
  }

  return {
    uses,
    add(keys) {
      uses.push(0)
      index.add(keys)
    },
    find(request) {
      if (rules.fits) return chooseByFunction(request)
      const wanted = index.describe(request)
      const equal = index.equal(wanted, isFresh)
      if (!equal) return undefined
      const { documents, exact } = equal
      return documents.length + exact.length > 0 ? choose(documents, exact) : chooseAlike(wanted)
    },
    async read(request) {
      if (rules.fits) return askFunction(request, rules.fits)
      const wanted = index.describe(request)
      if (!index.equal(wanted, isFresh)) return index.readEqual(wanted, isFresh)
      const alike = index.alike(wanted)
      if (!alike) return index.readAlike(wanted)
      if (needsRecordedIds(wanted, alike)) return ids.read()
    },
    use(document, fit) {
      uses[document]! += 1
      if (fit) bindings.keep(fit)
      return bindings.forAnswer(fit)
    }
  }
}

function addressOf({ method, url }: RecordedRequest): string {
  return `${method} ${pathOf({ url })}`
}

function pathOf({ url }: Pick<RecordedRequest, 'url'>): string {
  return url.split('?', 1)[0]!
}

function ask(fits: MatchFunction, ...requests: Parameters<MatchFunction>): boolean {
  try {
    return fits(...requests)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CassetteError('cassette_match', `The match function failed: ${reason}. Mend it; nothing was answered.`)
  }
}
