/** The rules, in the order in which they judge. A new one is one file and one line here. */
import { allowedModels } from './allowed-models.ts'
import { forbiddenInstructions, type ForbiddenInstruction } from './forbidden-instructions.ts'
import { maxTokens } from './max-tokens.ts'
import type { Rule } from './rule.ts'

/** The settings that rules are made of; a setting left out makes no rule. */
export interface RuleSettings {
  readonly allowedModels?: readonly string[] | undefined
  readonly maxTokens?: number | undefined
  readonly forbiddenInstructions?: readonly ForbiddenInstruction[] | undefined
}

const RULES: readonly ((settings: RuleSettings) => Rule | undefined)[] = [
  ({ allowedModels: patterns }) => patterns && allowedModels(patterns),
  ({ maxTokens: limit }) => (limit === undefined ? undefined : maxTokens(limit)),
  ({ forbiddenInstructions: list }) => list && forbiddenInstructions(list)
]

/** The rules that the settings put in force. */
export function createRules(settings: RuleSettings): Rule[] {
  return RULES.flatMap((create) => create(settings) ?? [])
}
