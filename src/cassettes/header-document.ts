/** Reads the first document of a cassette: its version, its rules of matching, its faults. */
import { readFaults, type FaultSpec } from '../faults/read-faults.ts'
import { fieldBroken, firstProblem, parseMap, type Place, type Problem } from './broken.ts'
import { CassetteError } from './interaction.ts'
import { compileRules, MatchRuleError, type CassetteRules } from './matching/rules.ts'
import { migrate } from './migrate.ts'
import { CASSETTE_VERSION, headerSchema } from './schema.ts'

/** What the first document of a cassette says. */
export interface CassetteHeader {
  /** Of the format. */
  readonly version: number
  /** Of matching. */
  readonly rules: CassetteRules
  /** What goes wrong on purpose when it is played. */
  readonly faults: readonly FaultSpec[]
}

/** Reads a header document. Throws {@link CassetteError}, also on a rule of matching that nobody can follow. */
export function readHeader(text: string, name: string, line = 1): CassetteHeader {
  const place: Place = { name, line, isHeader: true }
  const document = parseMap(text, place, FIRST)
  const version = document.get('cassette')
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > CASSETTE_VERSION) {
    throw new CassetteError('cassette_broken', `The cassette ${name} cannot be read: ${wrongVersion(version)}.`)
  }
  migrate(document, 'header', { version })
  const wrong = (problem: Problem): CassetteError => fieldBroken({ text, place, document }, problem)
  const given = document.toJS() as { readonly faults?: unknown }
  const faults = readHeaderFaults(given.faults, wrong)
  const read = headerSchema.safeParse(given)
  if (!read.success) throw wrong(firstProblem(read.error))
  const { cassette: _version, faults: _faults, ...rules } = read.data
  try {
    compileRules(rules)
    return { version, rules, faults }
  } catch (error) {
    if (!(error instanceof MatchRuleError)) throw error
    throw wrong({ path: error.path, what: error.message })
  }
}

function readHeaderFaults(given: unknown, wrong: (problem: Problem) => CassetteError): FaultSpec[] {
  if (!Array.isArray(given)) return []
  return given.flatMap((fault: unknown, index) => {
    try {
      return readFaults(fault)
    } catch (error) {
      throw wrong({ path: ['faults', index], what: (error as Error).message })
    }
  })
}

function wrongVersion(version: unknown): string {
  return typeof version === 'number' && version > CASSETTE_VERSION
    ? `it is of version ${version}, and this openai-proxy reads version ${CASSETTE_VERSION}. Update openai-proxy`
    : FIRST
}

const FIRST =
  `its first document must begin with "cassette: ${CASSETTE_VERSION}" and have a line "---" behind it. ` +
  'Or it is no cassette: name another file'
