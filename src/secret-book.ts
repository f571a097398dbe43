/** The secrets in use, known to every redaction of a run. */
import type { Redaction } from './redaction/redactor.ts'

/** The secrets in use, and everything that must know them. */
export interface SecretBook {
  /** Makes a value a secret in every redaction, those to come included. */
  learn(value: string, kind: string): void
  /** A redaction that knows every secret so far and learns the later ones. */
  join(redaction: Redaction): Redaction
  /** Lets go of a redaction that nobody uses any more. */
  leave(redaction: Redaction): void
}

/** Clients' keys beyond this many are not learned: their shapes still give them away. */
const MOST_SECRETS = 1000

export function createSecretBook(): SecretBook {
  const secrets = new Map<string, string>()
  const redactions = new Set<Redaction>()
  return {
    learn(value, kind) {
      if (secrets.has(value) || secrets.size >= MOST_SECRETS) return
      secrets.set(value, kind)
      for (const redaction of redactions) redaction.learn(value, kind)
    },
    join(redaction) {
      for (const [value, kind] of secrets) redaction.learn(value, kind)
      redactions.add(redaction)
      return redaction
    },
    leave(redaction) {
      redactions.delete(redaction)
    }
  }
}
