/** What a fault is: a failure on purpose, for some of the requests; and what each kind of it gives. */
import type * as z from 'zod'
import type { HttpResponse } from '../http/message.ts'
import type { ProviderName } from '../providers/provider.ts'

/** Which requests a fault strikes: those that fit everything that is said. Nothing said: every one. */
export interface FaultMatch {
  /** `*` stands for any run of characters: `gpt-4*`. */
  readonly model?: string | undefined
  /** Method and path, or the path alone, without ids: `POST /v1/messages`, `/v1/chat/*`. */
  readonly endpoint?: string | undefined
  readonly provider?: ProviderName | undefined
  /** Only requests that ask for a stream, or only those that do not. */
  readonly stream?: boolean | undefined
  /** Of the requests that fit, counted from 1: which of them. A client's retry is a request of its own. */
  readonly nth?: number | readonly number[] | undefined
  /** Most times that it strikes. */
  readonly times?: number | undefined
  /** How likely it strikes, from 0 to 1; the seed decides. */
  readonly chance?: number | undefined
  /** Decides everything that is left to chance: the same seed, the same failure. */
  readonly seed?: number | undefined
}

/** A request, as far as a fault looks at it. */
export interface FaultFacts {
  readonly provider: ProviderName
  /** `POST /v1/chat/completions` */
  readonly endpoint: string
  readonly models: readonly string[]
  readonly stream: boolean
}

/** What a fault acts with. */
export interface Strike {
  readonly facts: FaultFacts
  /** From 0 to below 1; follows from the seed. */
  readonly random: () => number
  /** Milliseconds since 1970. */
  now(): number
  /** Waits; rejects when the client leaves or the proxy closes. */
  sleep(ms: number): Promise<void>
  /** An answer of this status that the cassette in play holds. */
  recorded(status: number): Promise<HttpResponse | undefined>
  /** The fault acts now. */
  struck(): void
  /** The answer gave it nothing to act on, and passes as it is. */
  missed(why: string): void
}

/** The answer that would have been given: a recording, or the real API's. Whoever does not ask leaves both untouched. */
export type Ask = () => Promise<HttpResponse>

/** A kind of fault, once its settings are checked. */
export interface FaultKind {
  /** The field that tells it from others: `status`. */
  readonly key: string
  /** @internal */
  readonly schema: z.ZodObject
  /** For people: `status 429`. */
  describe(settings: Readonly<Record<string, unknown>>): string
  apply(settings: Readonly<Record<string, unknown>>, strike: Strike, ask: Ask): Promise<HttpResponse>
}

/**
 * Makes a kind; its settings are what its schema reads.
 * @internal
 */
export function defineKind<Schema extends z.ZodObject>(kind: {
  readonly key: string & keyof z.infer<Schema>
  readonly schema: Schema
  describe(settings: z.infer<Schema>): string
  apply(settings: z.infer<Schema>, strike: Strike, ask: Ask): Promise<HttpResponse>
}): FaultKind {
  // The list of kinds gives each only settings that its own schema has read.
  return kind as unknown as FaultKind
}

/** Breaks an answer, or stands in its place: thrown before there is one, or by its body. */
export class FaultBreak extends Error {
  /** `cut`: the connection ends. `reset`: it is reset. `end`: the answer ends in good order, after its `lastWords`. */
  readonly how: 'cut' | 'reset' | 'end'
  readonly lastWords: Uint8Array | undefined

  constructor(how: FaultBreak['how'], what: string, lastWords?: Uint8Array) {
    super(`A fault broke this answer on purpose: ${what}.`)
    this.name = 'FaultBreak'
    this.how = how
    this.lastWords = lastWords
  }

  /** What becomes of the connection where it breaks. */
  get connection(): 'cut' | 'reset' {
    return this.how === 'reset' ? 'reset' : 'cut'
  }
}
