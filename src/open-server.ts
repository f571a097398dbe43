/** Opens the port of a proxy; whoever asks for one that cannot be had leaves nothing open behind. */
import type { Config } from './config/config.ts'
import type { Pipeline } from './pipeline/handle.ts'
import type { LocalAnswers } from './server/answer.ts'
import type { Server } from './server/server.ts'
import { systemTurns } from './system-clock.ts'

/** What answers behind the port. */
export interface ServerParts {
  readonly pipeline: Pipeline
  readonly local: LocalAnswers
  readonly report: (line: string) => void
  /** Lets go of everything that was opened before. */
  release(): Promise<void>
}

/** @throws an `Error` where the port is taken; everything is released then */
export async function openServer(config: Config, { pipeline, local, report, release }: ServerParts): Promise<Server> {
  const { startServer } = await import('./server/server.ts')
  try {
    const { host, port, maxBodyBytes, drainTimeout } = config
    const together = systemTurns.gate()
    return await startServer({ host, port, pipeline, local, maxBodyBytes, graceMs: drainTimeout * 1000, report, together })
  } catch (error) {
    await release()
    throw error
  }
}
