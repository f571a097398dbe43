/** Strikes answers with one fault, with no proxy around it, and tells what came of it. */
import type { FaultFacts } from '../../src/faults/fault.ts'
import { createFaults } from '../../src/faults/faults.ts'
import { readFaults } from '../../src/faults/read-faults.ts'
import type { HttpResponse } from '../../src/http/message.ts'

export interface Struck {
  /** The head; `undefined` where none came. */
  readonly response: HttpResponse | undefined
  /** What came of the body. */
  readonly body: Buffer
  /** In pieces, as it came. */
  readonly pieces: readonly string[]
  /** What it broke with. */
  readonly error: unknown
  readonly struck: number
  readonly missed: readonly string[]
  readonly waits: readonly number[]
  readonly asked: boolean
}

export const CHAT: FaultFacts = { provider: 'openai', endpoint: 'POST /v1/chat/completions', models: ['gpt-4o'], stream: true }

export interface StrikeOptions {
  readonly facts?: FaultFacts
  readonly seed?: number
  readonly recorded?: HttpResponse
}

/** @param fault in its text form */
export async function strikeAnswer(answer: HttpResponse, fault: string, options: StrikeOptions = {}): Promise<Struck> {
  const { facts = CHAT, seed = 7, recorded } = options
  const faults = createFaults({ seed, specs: readFaults(fault) })
  const [due] = faults.find(facts)
  const missed: string[] = []
  const waits: number[] = []
  const pieces: Buffer[] = []
  let asked = false
  let response: HttpResponse | undefined
  let error: unknown
  try {
    response = await due!.kind.apply(
      due!.settings,
      {
        facts,
        random: due!.random,
        now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
        // Whoever waits for ever is sent away at once, as by a client that leaves.
        sleep: async (ms) => {
          waits.push(ms)
          if (ms > 1_000_000) throw new Error('left')
        },
        recorded: async (status) => (recorded?.status === status ? recorded : undefined),
        struck: due!.struck,
        missed: (why) => void missed.push(why)
      },
      async () => {
        asked = true
        return answer
      }
    )
    if (response.body instanceof Uint8Array) pieces.push(Buffer.from(response.body))
    else for await (const piece of response.body) pieces.push(Buffer.from(piece))
  } catch (thrown) {
    error = thrown
  }
  return {
    response,
    body: Buffer.concat(pieces),
    pieces: pieces.map(String),
    error,
    struck: faults.all()[0]!.struck,
    missed,
    waits,
    asked
  }
}
