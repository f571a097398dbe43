/** Shows exchanges in a matcher's message: one line each, and what was said in short. */
import type { LogEntry } from '../log/log-entry.ts'
import { readAnswer, type ToolCall } from '../providers/read-answer.ts'

const MOST_SHOWN = 10
const MOST_TEXT = 160

/** One line for each exchange, and what it said below it. */
export function showExchanges(exchanges: readonly LogEntry[]): string {
  if (exchanges.length === 0) return '  (none)'
  const more = exchanges.length - MOST_SHOWN
  return [...exchanges.slice(0, MOST_SHOWN).map(showExchange), ...(more > 0 ? [`  … and ${more} more`] : [])].join('\n')
}

/** `get_weather({"city":"Paris"})` */
export function showCall({ name, arguments: given }: ToolCall): string {
  return `${name}(${shorten(JSON.stringify(given))})`
}

/** The tools that the model called in an exchange. */
export function toolCallsOf({ response }: LogEntry): readonly ToolCall[] {
  return (response?.body === undefined ? undefined : readAnswer(response.body))?.toolCalls ?? []
}

/** `$0.0035`; what is less than a cent has more digits. */
export function showMoney(usd: number): string {
  return `$${usd !== 0 && usd < 0.01 ? usd.toFixed(6) : usd.toFixed(4)}`
}

function showExchange(entry: LogEntry, index: number): string {
  const { endpoint, model, source, status, verdict, cost } = entry
  const head = [
    `  ${index + 1}. ${endpoint}`,
    model,
    `${status ?? 'no answer'} from the ${source}`,
    verdict.kind === 'block' && `blocked by ${verdict.rule} (${verdict.code})`,
    cost && showMoney(cost.usd)
  ]
  return [head.filter((part) => typeof part === 'string').join(', '), ...said(entry)].join('\n')
}

function said({ error, response }: LogEntry): string[] {
  if (error) return [`     ${error.message.replaceAll('\n', '\n     ')}`]
  const answer = response?.body === undefined ? undefined : readAnswer(response.body)
  if (!answer) return []
  const text = answer.texts.join(' ').replaceAll(/\s+/g, ' ')
  return [...(text === '' ? [] : [`     "${shorten(text)}"`]), ...answer.toolCalls.map((call) => `     ${showCall(call)}`)]
}

function shorten(text: string): string {
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text
}
