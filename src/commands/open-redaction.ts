/** The redaction of a command: by the settings, and knowing every value that must be kept nowhere. */
import type { Config } from '../config/config.ts'
import type { KnownSecret } from '../config/known-secrets.ts'
import { createRedaction } from '../redaction/index.ts'
import type { Redaction } from '../redaction/redactor.ts'

/** @param placeholdersFrom texts whose placeholders are taken */
export function openRedaction(
  config: Config,
  secrets: readonly KnownSecret[],
  placeholdersFrom: readonly string[] = []
): Redaction {
  const redaction = createRedaction({ policy: config.redact, placeholdersFrom })
  if (config.openaiApiKey) redaction.learn(config.openaiApiKey, 'openai-key')
  if (config.anthropicApiKey) redaction.learn(config.anthropicApiKey, 'anthropic-key')
  for (const [value, kind] of secrets) redaction.learn(value, kind)
  return redaction
}
