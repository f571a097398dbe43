/** Which ids a cassette holds: one that it knows means what it meant when it was recorded, and is never taken for another. */
import { STATE_IDS } from './id-shapes.ts'

/** What was recorded, as texts, in order. */
export interface RecordedTexts {
  readonly request: string
  readonly answer: string
}

export interface RecordedIds {
  /** Whether all that was recorded by now has been read. */
  isWhole(): boolean
  /** Reads it. */
  read(): Promise<void>
  /** Whether it stands anywhere in a recording. */
  has(id: string): boolean
  /** Whether a recorded answer gave it, before any request held it: whoever plays that answer has it, and would send it. */
  isAnswered(id: string): boolean
}

/** What may be an id somewhere in a request: with a digit in it. */
const TOKEN = /[\w.:-]{8,200}/g

/**
 * @param size how many documents there are by now
 * @param texts those of documents from a number on
 */
export function createRecordedIds({
  size,
  texts
}: {
  readonly size: () => number
  readonly texts: (from: number) => AsyncIterable<RecordedTexts>
}): RecordedIds {
  const asked = new Set<string>()
  const answered = new Set<string>()
  let known = 0
  let reading: Promise<void> | undefined

  async function readOn(): Promise<void> {
    for await (const { request, answer } of texts(known)) {
      for (const [token] of request.matchAll(TOKEN)) if (/\d/.test(token)) asked.add(token)
      for (const [id] of answer.matchAll(STATE_IDS)) if (!asked.has(id)) answered.add(id)
      known += 1
    }
  }

  return {
    isWhole: () => known >= size(),
    // Several requests may need it at once.
    read: () => (reading ??= readOn().finally(() => (reading = undefined))),
    has: (id) => asked.has(id) || answered.has(id),
    isAnswered: (id) => answered.has(id)
  }
}
