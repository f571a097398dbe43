/** Opens one cassette to be played, wherever its text is kept: with a redaction and faults of its own. */
import type { Tape } from './cassettes/interaction.ts'
import type { CassetteStore } from './cassettes/store.ts'
import type { MatchSettings } from './cassettes/matching/rules.ts'
import { openTape } from './cassettes/tape.ts'
import type { PlayedTape } from './pipeline/ports.ts'
import { modeRules, type Mode } from './pipeline/source.ts'
import { createRedaction } from './redaction/index.ts'
import type { RedactionPolicy } from './redaction/policy.ts'
import type { SecretBook } from './secret-book.ts'
import { openTapeFaults } from './tape-faults.ts'

export interface PlayParts {
  readonly store: CassetteStore
  /** As messages name it. */
  readonly name: string
  readonly mode: Mode
  /** Rules of matching besides those of the cassette. */
  readonly match?: MatchSettings | undefined
  /** What a user takes out besides what is built in. */
  readonly policy: RedactionPolicy
  readonly secrets: SecretBook
  /** One line for the operator. */
  readonly report: (message: string) => void
}

/** Throws `CassetteError` where what is there cannot be read. */
export async function playTape({ store, name, match, ...parts }: PlayParts): Promise<PlayedTape> {
  return inPlay(await openTape({ store, name, report: parts.report, match }), parts)
}

/** Puts an open tape in play. */
export function inPlay(
  tape: Tape,
  { mode, policy, secrets, report }: Pick<PlayParts, 'mode' | 'policy' | 'secrets' | 'report'>
): PlayedTape {
  const redaction = secrets.join(createRedaction({ policy, placeholdersFrom: tape.placeholders() }))
  const allowed = modeRules(mode, tape.existed)
  const faults = [openTapeFaults(tape, allowed, report)]
  return { tape, redaction, allowed, recording: { tape, redaction }, faultsFor: async () => faults }
}
