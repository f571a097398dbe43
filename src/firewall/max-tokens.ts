/** Limits the output tokens that a request may ask for, under every name that any endpoint gives them. */
import { formatPath, type Json } from '../http/json.ts'
import { ALLOW, refuse, type Rule } from './rule.ts'

/**
 * @param limit output tokens, a whole number above 0
 *
 * A request that asks for more is refused. One that leaves the limit out has it set, so that leaving it out is no way round.
 * A limit that is no whole number from 0 up (`"inf"`, `"100"`, `-1`, which some servers read as endless) counts as none and is refused.
 */
export function maxTokens(limit: number): Rule {
  return {
    name: 'max-tokens',
    summary: `output tokens: at most ${limit}`,
    judge(call) {
      const excess = call.tokenLimits.find(({ value }) => value !== null && !isWithin(value, limit))
      if (excess) {
        const asked = typeof excess.value === 'number' ? String(excess.value) : JSON.stringify(excess.value).slice(0, 40)
        return refuse('max_tokens_exceeded', `Max tokens ${asked} exceeds limit of ${limit}`, formatPath(excess.path))
      }
      const missing = call.missingTokenLimits
      return missing.length === 0 ? ALLOW : { kind: 'rewrite', edits: missing.map((path) => ({ path, value: limit })) }
    }
  }
}

function isWithin(value: Json, limit: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= limit
}
