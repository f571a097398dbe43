/** The rules of matching: what does not count, what counts besides, and what happens when the recordings run out. */
import { isObject, type Json, type JsonPath } from '../../http/json.ts'
import { MARK, toObject, type Comparable } from './comparable.ts'
import { fitsPattern, parseFieldPattern, type FieldPattern } from './field-pattern.ts'
import { parseNormaliser, type Normaliser } from './normaliser.ts'

/** What answers when every recording of a request has been played: the last one, an error, or the first one again. */
export const REPEATS = ['last', 'error', 'cycle'] as const
export type Repeat = (typeof REPEATS)[number]

/** What becomes of ids that clients make: they are bound to the recorded ones, or must be what was recorded. */
export const ID_RULES = ['bind', 'exact'] as const
export type IdRule = (typeof ID_RULES)[number]

/** A request as a match function sees it, redacted. */
export interface MatchedRequest {
  readonly method: string
  /** With its query. */
  readonly url: string
  /** Those that cassettes keep. */
  readonly headers: Headers
  /** A JSON body's value; of any other body its text. */
  readonly body: unknown
}

/** Says whether a recording answers a request. */
export type MatchFunction = (request: MatchedRequest, recorded: MatchedRequest) => boolean

/** The rules as the first document of a cassette gives them. */
export interface CassetteRules {
  /** Places that do not count: `metadata.run_id`, `messages[*].name`, `query.trace`. */
  readonly ignore?: readonly string[] | undefined
  /** What changes by itself: `uuid`, `iso-date in messages[0].content`, `/build-\d+/`. */
  readonly normalise?: readonly string[] | undefined
  /** Names of headers that count: `anthropic-beta`. */
  readonly headers?: readonly string[] | undefined
  /** @default 'last' */
  readonly repeat?: Repeat | undefined
  /** @default 'bind' */
  readonly ids?: IdRule | undefined
}

/** The rules as options give them. */
export interface MatchSettings extends Omit<CassetteRules, 'normalise'> {
  readonly normalise?: readonly (string | RegExp)[] | undefined
  /** Decides in place of comparing, among recordings of the same method and path. */
  readonly fits?: MatchFunction | undefined
}

/** Rules in force. */
export interface MatchRules {
  /** Whether nothing counts but what the keys in the file are made of. */
  readonly isPlain: boolean
  /** Names of the headers that count, in lower case. */
  readonly headers: readonly string[]
  readonly repeat: Repeat
  readonly ids: IdRule
  readonly fits: MatchFunction | undefined
  /** What is left to compare. */
  apply(comparable: Comparable): Comparable
}

/** A rule that nobody can follow. */
export class MatchRuleError extends Error {
  /** Where it stands, e.g. `ignore[1]`. */
  readonly path: JsonPath

  constructor(path: JsonPath, message: string) {
    super(message)
    this.name = 'MatchRuleError'
    this.path = path
  }
}

/**
 * Rules of several sources together: every list of all of them counts; of `repeat`, `ids` and `fits` the first that is given.
 * Throws {@link MatchRuleError} on the first rule that nobody can follow.
 */
export function compileRules(...sources: readonly MatchSettings[]): MatchRules {
  const all = sources.map(compileSource)
  const ignored = all.flatMap(({ ignore }) => ignore)
  const normalisers = all.flatMap(({ normalise }) => normalise)
  const headers = [...new Set(all.flatMap((source) => source.headers))]
  const first = <Key extends 'repeat' | 'ids' | 'fits'>(key: Key): MatchSettings[Key] =>
    sources.map((source) => source[key]).find((value) => value !== undefined)
  const isExact = ignored.length === 0 && normalisers.length === 0
  return {
    isPlain: isExact && headers.length === 0,
    headers,
    repeat: first('repeat') ?? 'last',
    ids: first('ids') ?? 'bind',
    fits: first('fits'),
    apply: isExact ? (comparable) => comparable : (comparable) => applyRules(comparable, ignored, normalisers)
  }
}

interface CompiledSource {
  readonly ignore: readonly FieldPattern[]
  readonly normalise: readonly Normaliser[]
  readonly headers: readonly string[]
}

function compileSource({ ignore = [], normalise = [], headers = [] }: MatchSettings): CompiledSource {
  return {
    ignore: ignore.map((text, index) => reading(['ignore', index], () => parseFieldPattern(text))),
    normalise: normalise.map((text, index) => reading(['normalise', index], () => parseNormaliser(String(text)))),
    headers: headers.map((name, index) => reading(['headers', index], () => readHeaderName(name)))
  }
}

function reading<T>(path: JsonPath, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new MatchRuleError(path, error instanceof Error ? error.message : String(error))
  }
}

function readHeaderName(name: string): string {
  if (/^[\w-]+$/.test(name)) return name.toLowerCase()
  throw new Error(`${JSON.stringify(name.slice(0, 100))} is no name of a header. Write one such as anthropic-beta.`)
}

/** Stands where an ignored item of a list was: how many there are counts all the same. */
const IGNORED = `${MARK}ignored`

function applyRules(comparable: Comparable, ignored: readonly FieldPattern[], normalisers: readonly Normaliser[]): Comparable {
  const isIgnored = (area: FieldPattern['area'], path: JsonPath): boolean =>
    ignored.some((pattern) => pattern.area === area && fitsPattern(pattern, path))
  const normalise = (area: FieldPattern['area'], path: JsonPath, text: string): string =>
    normalisers.reduce((value, { place, apply }) => {
      const isHere = place ? place.area === area && fitsPattern(place, path) : area !== 'headers'
      return isHere ? apply(value) : value
    }, text)

  function reduce(value: Json, path: JsonPath): Json {
    if (typeof value === 'string') return reduceText(value, path)
    if (typeof value === 'number') return reduceNumber(value, path)
    if (Array.isArray(value)) {
      return value.map((item: Json, index): Json => {
        const place = [...path, index]
        return isIgnored('body', place) ? IGNORED : reduce(item, place)
      })
    }
    if (!isObject(value)) return value
    const kept = Object.entries(value).filter(([key]) => !isIgnored('body', [...path, key]))
    return toObject(kept.map(([key, item]) => [key, reduce(item, [...path, key])]))
  }

  /** A number that is a text with a mark stays one, so that no text of the request is equal to it. */
  function reduceText(value: string, path: JsonPath): string {
    const isNumber = value.startsWith(MARK)
    const source = isNumber ? value.slice(1) : value
    const next = normalise('body', path, source)
    return next === source ? value : isNumber ? `${MARK}number ${next}` : next
  }

  function reduceNumber(value: number, path: JsonPath): Json {
    const source = String(value)
    const next = normalise('body', path, source)
    return next === source ? value : `${MARK}number ${next}`
  }

  const pairs = (area: 'query' | 'headers', list: Comparable['query']): Comparable['query'] =>
    list.filter(([name]) => !isIgnored(area, [readable(name)])).map(([name, value]) => [name, reducePair(area, name, value)])

  function reducePair(area: 'query' | 'headers', name: string, value: string): string {
    const shown = area === 'query' ? readable(value) : value
    const next = normalise(area, [readable(name)], shown)
    return next === shown ? value : next
  }

  return {
    ...comparable,
    contentType: isIgnored('headers', ['content-type']) ? '' : comparable.contentType,
    query: pairs('query', comparable.query),
    headers: pairs('headers', comparable.headers),
    body: { ...comparable.body, value: reduce(comparable.body.value, []) }
  }
}

function readable(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
