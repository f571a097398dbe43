/** Reads a user's own rules out of a configuration file or the options of `startProxy()`. */
import type { OwnRule } from '../firewall/own-rule.ts'
import { show } from './config-error.ts'

/** Names that the log already gives to other rules. */
const TAKEN = new Set(['allowed-models', 'max-tokens', 'forbidden-instructions', 'rate-limit', 'unknown-endpoints'])

/** Throws an `Error` that names the rule at fault. */
export function readOwnRules(value: unknown): OwnRule[] {
  if (!Array.isArray(value)) throw new Error(`${show(value)} is no list of rules. Write rules: [defineRule({ name, judge })].`)
  const rules = value.map((item: unknown, index) => readOwnRule(item, index + 1))
  const twice = rules.find(({ name }, index) => rules.findIndex((rule) => rule.name === name) !== index)
  if (twice) throw new Error(`has two rules named ${show(twice.name)}. Give each a name of its own.`)
  return rules
}

function readOwnRule(item: unknown, place: number): OwnRule {
  const { name, judge } = (typeof item === 'object' && item !== null ? item : {}) as Partial<OwnRule>
  if (typeof judge !== 'function') {
    throw new Error(
      `rule ${place} has no judge function. Rules are programs: write them in openai-proxy.config.mjs (or .ts), or give them to startProxy().`
    )
  }
  if (typeof name !== 'string' || !/^[a-z][a-z\d-]{0,63}$/.test(name)) {
    throw new Error(`rule ${place} has no good name. Write lower-case words with hyphens between them, e.g. no-poems.`)
  }
  if (TAKEN.has(name)) throw new Error(`rule ${place} is named as a built-in rule, ${name}. Give it another name.`)
  return item as OwnRule
}
