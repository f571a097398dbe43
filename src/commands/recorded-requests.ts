/** Reads the requests that were kept, in cassettes and in logs, as far as they can be judged again. */
import type { Interaction } from '../cassettes/interaction.ts'
import { readLog } from '../log/read-log.ts'
import { claimAddress } from '../pipeline/claim-address.ts'
import { readRequest } from '../pipeline/read-request.ts'
import { providers } from '../providers/index.ts'
import type { ModelCall } from '../providers/provider.ts'
import { findCassettes, isCassette, readInteractions } from './cassette-files.ts'
import { CommandError } from './command-error.ts'
import type { KeptPlace } from './kept-request.ts'
import { readEntry } from './read-entry.ts'

/**
 * @param named cassettes by file or by name, folders of cassettes, logs
 * @param limit most bytes that a decoded body may have
 * @throws {@link CommandError} where there is no such file, `CassetteError` where a cassette is broken
 */
export async function* readKept(named: readonly string[], limit: number): AsyncGenerator<KeptPlace> {
  for (const name of named) {
    for (const file of await findCassettes(name, 'a cassette, a folder of cassettes or a log')) {
      if (isCassette(file)) yield* readCassette(file, limit)
      else yield* readLogFile(file)
    }
  }
}

async function* readCassette(file: string, limit: number): AsyncGenerator<KeptPlace> {
  for await (const { interaction, line } of readInteractions(file)) {
    const { request, recorded } = interaction
    const call = (): ModelCall => readCall(request, limit)
    const at = Date.parse(recorded.at)
    const asked = `${request.method} ${new URL(request.url).pathname}`
    yield { file, line, asked, request: { was: { kind: 'allow' }, caller: undefined, at, call } }
  }
}

/** The model call of a recorded request, as rules see it. Throws, as it would for a live request, where it cannot be read. */
export function readCall({ method, url, headers, body }: Interaction['request'], limit: number): ModelCall {
  const { provider, path } = claimAddress(method, url, headers)
  const { content } = readRequest({ method, url: path, headers, body }, limit)
  return providers[provider].readCall({ method, path: path.split('?', 1)[0]!, content })
}

async function* readLogFile(file: string): AsyncGenerator<KeptPlace> {
  try {
    for await (const { line, entry } of readLog(file, { older: false })) {
      if (entry) yield { file, line, asked: entry.endpoint, request: readEntry(entry) }
      else yield { file, line, asked: '(no entry)', request: { skipped: 'the line is no log entry' } }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw new CommandError(`Cannot read ${file}: ${(error as Error).message}.`)
  }
}
