/** Reads faults as settings and cassettes give them, as text or as objects, and checks them: one clear message for the first problem. */
import * as z from 'zod'
import { compileGlob } from '../http/glob.ts'
import { isObject } from '../http/json.ts'
import type { FaultFacts, FaultKind, FaultMatch } from './fault.ts'
import { kebab, parseFaults, writeFault, type FaultFields } from './fault-text.ts'
import type { BrokenToolJsonFault } from './kinds/broken-tool-json.ts'
import type { CutFault } from './kinds/cut.ts'
import type { DelayFault } from './kinds/delay.ts'
import { KINDS } from './kinds/index.ts'
import type { ResetFault } from './kinds/reset.ts'
import type { SlowFault } from './kinds/slow.ts'
import type { StallFault } from './kinds/stall.ts'
import type { StatusFault } from './kinds/status.ts'
import type { StreamErrorFault } from './kinds/stream-error.ts'

/** What goes wrong: one of the kinds. */
export type Fault =
  | BrokenToolJsonFault
  | CutFault
  | DelayFault
  | ResetFault
  | SlowFault
  | StallFault
  | StatusFault
  | StreamErrorFault

/** A fault as lists hold it: when, and what, in one object. */
export type FaultSetting = FaultMatch & Fault

/** A checked fault: plain data. */
export interface FaultSpec {
  readonly match: FaultMatch
  readonly fault: FaultFields
  /** In its text form. */
  readonly text: string
}

const number = (what: string, least: number): z.ZodType<number> => z.int(what).min(least, what)
const NTH = 'write the number of a request, from 1, or several: 1+3, 1-3'
const nth = number(NTH, 1)
const seed = number('write a whole number, from 0', 0)

const matchSchema = z.strictObject({
  model: z.string('it is no text').min(1, 'it is empty').optional(),
  endpoint: z.string('it is no text').min(1, 'it is empty').optional(),
  provider: z.enum(['openai', 'anthropic', 'generic'], 'it is openai, anthropic or generic').optional(),
  stream: z.boolean('it is true or false').optional(),
  nth: z.union([nth, z.array(nth).min(1, NTH)], { error: NTH }).optional(),
  times: number('write how many times, from 1', 1).optional(),
  chance: z.number('write a number from 0 to 1').min(0, 'it is less than 0').max(1, 'it is more than 1').optional(),
  seed: seed.optional()
}) satisfies z.ZodType<FaultMatch>

const MATCH_KEYS = Object.keys(matchSchema.shape)

/**
 * A fault in one object, for schemas of files.
 * @internal
 */
export const faultSchema = z.strictObject({
  ...matchSchema.shape,
  ...Object.assign({}, ...KINDS.map(({ schema }) => schema.partial().shape))
} as z.ZodRawShape)

/** The kind of a checked fault. */
export function kindOf(fault: FaultFields): FaultKind {
  return KINDS.find(({ key }) => fault[key] !== undefined)!
}

/** Faults of a setting: text, or a list of texts and objects. Throws an `Error` with the first problem. */
export function readFaults(value: unknown): FaultSpec[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
  const faults = entries.flatMap((entry, index) => {
    try {
      return typeof entry === 'string' ? parseFaults(entry).map(readFields) : [readFields(entry)]
    } catch (error) {
      const where = entries.length > 1 ? `fault ${index + 1}: ` : ''
      throw new Error(`${where}${(error as Error).message}. ${EXAMPLE}`, { cause: error })
    }
  })
  if (faults.length === 0) throw new Error(`names no fault. ${EXAMPLE}`)
  return faults
}

const EXAMPLE = 'Write it like model=gpt-4o,nth=2: status=429, or { model: gpt-4o, nth: 2, status: 429 }.'

function readFields(fields: unknown): FaultSpec {
  const problem = problemOf(fields)
  if (problem !== undefined) throw new Error(problem)
  const { match, fault } = part(fields as FaultFields)
  return { match, fault, text: writeFault(match as FaultFields, fault) }
}

/** When, and what. Fields without a value are not there. */
function part(fields: FaultFields): { readonly match: FaultMatch; readonly fault: FaultFields } {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
  const isMatch = ([name]: readonly [string, unknown]): boolean => MATCH_KEYS.includes(name)
  return {
    match: Object.fromEntries(said.filter(isMatch)) as FaultMatch,
    fault: Object.fromEntries(said.filter((field) => !isMatch(field)))
  }
}

/** What is wrong with the fields of one fault. */
function problemOf(fields: unknown): string | undefined {
  if (!isObject(fields)) return 'it is neither text nor an object'
  const { match, fault } = part(fields)
  const kinds = KINDS.filter(({ key }) => fault[key] !== undefined)
  const [kind, other] = kinds
  if (!kind) return `it does not say what goes wrong: one of ${KINDS.map(({ key }) => kebab(key)).join(', ')}`
  if (other) return `it says both ${kebab(kind.key)} and ${kebab(other.key)}: make two faults of them`
  return firstOf(matchSchema.safeParse(match)) ?? firstOf(kind.schema.safeParse(fault)) ?? placesProblem(fault)
}

function firstOf({ error }: z.ZodSafeParseResult<unknown>): string | undefined {
  const issue = error?.issues[0]
  if (!issue) return undefined
  if (issue.code === 'unrecognized_keys') return `${kebab(issue.keys[0]!)} is no field of such a fault`
  return `${kebab(String(issue.path[0] ?? ''))}: ${issue.message}`
}

/** One answer breaks at one place. */
function placesProblem(fault: FaultFields): string | undefined {
  const places = ['afterEvent', 'insideEvent', 'insideCharacter'].filter((name) => fault[name] !== undefined)
  return places.length > 1 ? `it says both ${places.slice(0, 2).map(kebab).join(' and ')}: an answer is cut once` : undefined
}

/** Says whether a request fits what a fault says of requests. */
export function compileMatch({ model, endpoint, provider, stream }: FaultMatch): (facts: FaultFacts) => boolean {
  const fitsModel = model === undefined ? undefined : compileGlob(model)
  const fitsEndpoint = endpoint === undefined ? undefined : compileGlob(endpoint)
  return (facts) => {
    const path = facts.endpoint.slice(facts.endpoint.indexOf(' ') + 1)
    return (
      (provider === undefined || provider === facts.provider) &&
      (stream === undefined || stream === facts.stream) &&
      (!fitsModel || facts.models.some(fitsModel)) &&
      (!fitsEndpoint || fitsEndpoint(facts.endpoint) || fitsEndpoint(path))
    )
  }
}
