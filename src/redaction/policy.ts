/** What a user adds to redaction, and the version of all that it looks for. */
import type { PersonalKind } from './kinds.ts'
import type { Redactor } from './redactor.ts'

/** Raise it with every detector that is added or changed: what an older version called clean may not be. */
export const POLICY_VERSION = 2

/** Settings of redaction, checked. */
export interface RedactionPolicy {
  /** Headers whose values are secret, beside the built-in ones. `*` stands for any run of characters. */
  readonly headers: readonly string[]
  /** Headers that a cassette keeps, beside the built-in ones. */
  readonly keepHeaders: readonly string[]
  /** Fields whose values are secret: `metadata.user_id`, `messages[*].name`, `$.user`. */
  readonly fields: readonly string[]
  /** Texts that are secret wherever they stand. */
  readonly values: readonly string[]
  /** Variables of the environment whose values are secret, beside those whose names say so. */
  readonly env: readonly string[]
  readonly personal: readonly PersonalKind[]
  /** Names of persons. */
  readonly names: readonly string[]
  /** A user's patterns. */
  readonly patterns: readonly Redactor[]
  /** A user's own redactors. */
  readonly redactors: readonly Redactor[]
}

/** Nothing beside what is built in. */
export const BUILT_IN: RedactionPolicy = {
  headers: [],
  keepHeaders: [],
  fields: [],
  values: [],
  env: [],
  personal: [],
  names: [],
  patterns: [],
  redactors: []
}
