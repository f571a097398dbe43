/** Makes interactions and tapes for tests. */
import { createFileStore } from '../../src/cassettes/file-store.ts'
import type { Interaction, RecordedRequest, Tape } from '../../src/cassettes/interaction.ts'
import type { MatchSettings } from '../../src/cassettes/matching/rules.ts'
import { openTape } from '../../src/cassettes/tape.ts'
import { toBytes, type HeaderList } from '../../src/http/message.ts'

export const CHAT_URL = 'https://api.openai.com/v1/chat/completions'

export function jsonRequest(body: unknown, more: Partial<RecordedRequest> = {}): RecordedRequest {
  const headers: HeaderList = [['content-type', 'application/json']]
  return { method: 'POST', url: CHAT_URL, headers, body: toBytes(JSON.stringify(body)), ...more }
}

/** A chat request with one message. */
export function chat(content: string): RecordedRequest {
  return jsonRequest({ model: 'gpt-4o', messages: [{ role: 'user', content }] })
}

export function makeInteraction(
  request: RecordedRequest,
  answer: string | Uint8Array = '{"ok":true}',
  more: Partial<Interaction['response']> = {}
): Interaction {
  const body = typeof answer === 'string' ? toBytes(answer) : answer
  const headers: HeaderList = [['content-type', 'application/json']]
  return {
    request,
    response: { status: 200, headers, body, timing: [12], ...more },
    recorded: { at: '2026-11-24T09:00:00Z', ms: 12 }
  }
}

/** Opens the cassette of a file; what it reports is kept in `reports`. */
export async function openFile(path: string, reports: string[] = [], match: MatchSettings = {}): Promise<Tape> {
  return openTape({ store: createFileStore(path), name: 'tape.yaml', report: (message) => void reports.push(message), match })
}

/** Appends without a check. */
export async function record(tape: Tape, ...interactions: readonly Interaction[]): Promise<void> {
  for (const interaction of interactions) await tape.append(interaction, () => undefined)
}

/** What the tape answers, as text; throws on a miss. */
export async function answerOf(tape: Tape, request: RecordedRequest): Promise<string> {
  const answer = await tape.take(request)
  if (answer.kind === 'miss') throw new Error(`a miss: ${JSON.stringify(answer.nearest)}`)
  return Buffer.from(answer.interaction.response.body).toString()
}
