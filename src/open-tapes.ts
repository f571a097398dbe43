/** Opens the cassettes of a proxy, and loads what reads them only where its mode knows any. */
import type { Config } from './config/config.ts'
import { invalid } from './pipeline/errors.ts'
import { Refused } from './pipeline/refused.ts'
import type { SecretBook } from './secret-book.ts'
import type { LoadedTapes } from './tapes.ts'

export interface OpenTapesParts {
  readonly secrets: SecretBook
  readonly report: (line: string) => void
  /** Whether only sessions have cassettes. */
  readonly sessionsOnly?: boolean | undefined
}

/** Throws `CassetteError` where the cassette is missing, broken or cannot be written. */
export async function openTapes(config: Config, { secrets, report, sessionsOnly }: OpenTapesParts): Promise<LoadedTapes> {
  if (sessionsOnly)
    return { modeOf: refuseAll, open: async () => refuseAll(), loaded: () => [], openAll: () => Promise.resolve() }
  const { mode, cassette: place, match, redact: policy } = config
  if (mode === 'live')
    return {
      modeOf: () => mode,
      open: () => Promise.reject(new Error('In mode live there are no cassettes.')),
      loaded: () => [],
      openAll: () => Promise.resolve()
    }
  const { createTapes } = await import('./tapes.ts')
  const tapes = createTapes({ place, mode, match, policy, secrets, report })
  await tapes.check()
  return tapes
}

function refuseAll(): never {
  const message =
    "This proxy answers tests only: the base URL of the request is no session's. Use the one that the test is given."
  throw new Refused(invalid(403, 'session_needed', message))
}
