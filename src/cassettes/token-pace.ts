/** How many tokens each event of a stream carries, for playing it at so many in a second. */
import { readSseEvent } from '../http/sse.ts'
import { readStreamUsage } from '../metering/usage.ts'
import { piecesOf } from '../redaction/stream-channels.ts'

/** What a token is taken for where a stream does not say how many it had: OpenAI's and Anthropic's own rule of thumb. */
const CHARACTERS_PER_TOKEN = 4

/**
 * Tokens by event, not in whole numbers: the stream's output tokens without the reasoning that nobody sees, as it tells them
 * itself at its end, shared out by characters; a token for every four characters where it does not tell. Characters are those of
 * every delta: text, reasoning, refusals, transcripts, arguments of tools. Other events carry none.
 */
export function countTokens(events: readonly string[]): number[] {
  const data = events.map((event) => readSseEvent(event).data)
  const lengths = data.map((one) => piecesOf(one).reduce((sum, { isPart, text }) => sum + (isPart ? text.length : 0), 0))
  const characters = lengths.reduce((sum, length) => sum + length, 0)
  const usage = readStreamUsage(data.filter((one) => one !== undefined))
  const told = (usage?.outputTokens ?? 0) - (usage?.reasoningTokens ?? 0)
  const perToken = told > 0 ? characters / told : CHARACTERS_PER_TOKEN
  return lengths.map((length) => (length === 0 ? 0 : length / perToken))
}
