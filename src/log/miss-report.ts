/** Tells whoever runs the proxy of every request that no recording fits, with what its client is told. */
import type { Watcher } from '../pipeline/ports.ts'
import type { Redaction } from '../redaction/redactor.ts'

/** @param report takes one message, of several lines */
export function createMissReport(report: (message: string) => void, redaction: Redaction): Watcher {
  return {
    opened: () => undefined,
    answered: () => undefined,
    chunk: () => undefined,
    ended({ error }) {
      if (error?.code === 'cassette_miss') report(redaction.text(error.message))
    }
  }
}
