/** Reads the rules of matching out of a configuration file or the options of `startProxy()`. */
import { compileRules, ID_RULES, MatchRuleError, REPEATS, type MatchSettings } from '../cassettes/matching/rules.ts'
import { formatPath } from '../http/json.ts'
import { show } from './config-error.ts'

const LISTS = ['ignore', 'normalise', 'headers'] as const
const WORDS = { repeat: REPEATS, ids: ID_RULES } as const
const KEYS: readonly string[] = [...LISTS, ...Object.keys(WORDS), 'fits']

/** A function alone decides in place of comparing. Throws an `Error` that names the rule at fault. */
export function readMatch(value: unknown): MatchSettings {
  if (typeof value === 'function') return { fits: value as NonNullable<MatchSettings['fits']> }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${show(value)} is no rules of matching. Write match: { ignore: ['metadata.run_id'] }, or a function.`)
  }
  const given = Object.fromEntries(Object.entries(value).filter(([, rule]) => rule !== undefined && rule !== null))
  const strange = Object.keys(given).find((key) => !KEYS.includes(key))
  if (strange !== undefined) throw new Error(`${strange}: no such rule. The rules are ${KEYS.join(', ')}.`)
  for (const key of LISTS) checkList(key, given[key])
  for (const [key, words] of Object.entries(WORDS)) {
    const word = given[key]
    if (word !== undefined && !(words as readonly unknown[]).includes(word))
      throw new Error(`${key}: ${show(word)} is none of ${words.join(', ')}.`)
  }
  if (given['fits'] !== undefined && typeof given['fits'] !== 'function') {
    throw new Error('fits: is no function. Functions stand in openai-proxy.config.mjs (or .ts), or in startProxy().')
  }
  return checkRules(given)
}

function checkList(key: (typeof LISTS)[number], list: unknown): void {
  const fits = (item: unknown): boolean => typeof item === 'string' || (key === 'normalise' && item instanceof RegExp)
  if (list === undefined || (Array.isArray(list) && list.every(fits))) return
  throw new Error(`${key}: ${show(list)} is no list of texts.`)
}

function checkRules(settings: MatchSettings): MatchSettings {
  try {
    compileRules(settings)
    return settings
  } catch (error) {
    if (error instanceof MatchRuleError) throw new Error(`${formatPath(error.path)}: ${error.message}`, { cause: error })
    throw error
  }
}
