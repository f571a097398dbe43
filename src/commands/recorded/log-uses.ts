/** Tells by a log which interactions were replayed: as much as a log can know, which names the cassette, the endpoint and the model. */
import { resolve } from 'node:path'
import { readLog } from '../../log/read-log.ts'
import { CommandError } from '../command-error.ts'

/**
 * `yes`: replayed, and no other of its cassette could have been it. `maybe`: one of several of its endpoint and model was.
 * `no`: none of them was, as far back as the log goes.
 */
export type Used = 'yes' | 'maybe' | 'no'

interface Asked {
  readonly endpoint: string
  readonly model?: string | undefined
}

export interface LogUses {
  /** One for each interaction of a cassette. */
  ofCassette(file: string, interactions: readonly Asked[]): Used[]
}

/**
 * The log's paths are those of the folder that the proxy ran in: they are taken to be of this one.
 * @throws {@link CommandError} where the log cannot be read
 */
export async function readLogUses(log: string): Promise<LogUses> {
  const replayed = new Set<string>()
  try {
    for await (const { entry } of readLog(log)) {
      if (entry?.source === 'tape' && entry.cassette !== undefined && entry.error === undefined)
        replayed.add(keyOf(entry.cassette, entry))
    }
  } catch (error) {
    throw new CommandError(`Cannot read the log ${log}: ${(error as Error).message}. Name another with --log, or set LOG_FILE.`)
  }
  return {
    ofCassette(file, interactions) {
      const keys = interactions.map((asked) => keyOf(file, asked))
      return keys.map((key) => {
        if (!replayed.has(key)) return 'no'
        return keys.filter((other) => other === key).length === 1 ? 'yes' : 'maybe'
      })
    }
  }
}

function keyOf(cassette: string, { endpoint, model }: Asked): string {
  return JSON.stringify([resolve(cassette), endpoint, model ?? null])
}
