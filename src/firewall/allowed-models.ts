/** Lets only the listed models through. */
import type { ModelCall } from '../providers/provider.ts'
import { compileGlob } from '../http/glob.ts'
import { ALLOW, refuse, type Rule } from './rule.ts'

/**
 * @param patterns model names, `*` for any run of characters, compared without case: `gpt-4*`
 *
 * Every model that a request names must fit. A model endpoint that is asked for no model is refused: unknown is never allowed.
 */
export function allowedModels(patterns: readonly string[]): Rule {
  const globs = patterns.map((pattern) => compileGlob(pattern.toLowerCase()))
  const allowed = (model: string): boolean => globs.some((fits) => fits(model.toLowerCase()))
  return {
    name: 'allowed-models',
    summary: `allowed models: ${patterns.join(', ')}`,
    judge(call: ModelCall) {
      const strange = call.models.find((model) => !allowed(model))
      if (strange !== undefined) return refuse('model_not_allowed', `Model ${shorten(strange)} is not allowed`, 'model')
      if (call.models.length > 0 || !call.isModelEndpoint) return ALLOW
      return refuse('model_unknown', 'Model unknown is not allowed: the request names no model', 'model')
    }
  }
}

/** A model's name is the client's text: no line ends, and not too long for a log line. */
function shorten(model: string): string {
  const plain = model.replace(/\s+/g, ' ')
  return plain.length > 100 ? `${plain.slice(0, 100)}…` : plain
}
