/** The error where no recording fits a request: what is nearest, what differs, and what to do. */
import type { TapeMiss } from '../cassettes/interaction.ts'
import type { ProxyError } from '../providers/provider.ts'

/** What a miss is told about. */
export interface MissFacts {
  /** The cassette's file. */
  readonly cassette: string
  /** What was asked for, redacted: `chat.completions (gpt-4o)`. */
  readonly asked: string
  /** Whether there is such a file. */
  readonly existed: boolean
}

/** Stands at the end of the line before the differences. */
const DIFFERS = 'It differs in:'

export function cassetteMiss(miss: TapeMiss, facts: MissFacts): ProxyError {
  const message = [...whatHappened(miss, facts), ...whatToDo(miss, facts)].join('\n')
  const nearest = miss.nearest ? { nearest: miss.nearest.at } : {}
  return { status: 404, type: 'cassette_error', code: 'cassette_miss', message, param: null, retry: false, ...nearest }
}

/** What the lines behind the differences begin with. */
const ADVICE = ['If that changes by itself', 'Otherwise make the request fit', 'Make the request fit', 'Ask as often']

/** The message without what the client said: the differences keep their places only. */
export function withoutQuotes(message: string): string {
  const lines = message.split('\n')
  const from = lines.findIndex((line) => line.endsWith(DIFFERS)) + 1
  if (from === 0) return message
  const rest = lines.slice(from).flatMap((line) => {
    // A pattern quotes what it fits.
    if (ADVICE.some((start) => line.startsWith(start))) return line.includes('"/') ? [] : [line]
    return /^ {2}[^\s"]+(?=: )/.exec(line)?.[0] ?? []
  })
  return [...lines.slice(0, from), ...rest].join('\n')
}

function whatHappened({ reason, recorded, equal, nearest }: TapeMiss, { cassette, asked, existed }: MissFacts): string[] {
  const first = `No recording in ${cassette} fits ${asked}. Nothing was sent to the network.`
  if (!nearest) return [first, existed ? 'The cassette holds no recording.' : 'There is no such cassette.']
  const { place, differences } = nearest
  if (reason === 'played') {
    const times = equal === 1 ? 'The one recording of it has been played' : `All ${equal} recordings of it have been played`
    return [first, `${times}, and "repeat: error" repeats none. The last is ${place}.`]
  }
  const head =
    reason === 'ids'
      ? [first, `${equal} recordings are equal to it but for ids of what the API keeps, and nothing tells which is meant.`]
      : [first]
  return [
    ...head,
    `Nearest of ${recorded}: ${place}. ${DIFFERS}`,
    ...differences.map(({ path, detail }) => `  ${path}: ${detail}`)
  ]
}

function whatToDo({ reason, nearest }: TapeMiss, { cassette }: MissFacts): string[] {
  const record = `openai-proxy --record ${quote(cassette)} --replay (in a test: mode "auto", or OPENAI_PROXY_MODE=auto)`
  if (reason === 'played') return [`Ask as often as was recorded, or set "repeat" to last or cycle. To record more: ${record}.`]
  if (!nearest?.rules) return [`Make the request fit, or record it: ${record}.`]
  const lists = Object.entries(nearest.rules).filter(([, rules]) => rules.length > 0)
  const lines = lists.map(([name, rules]) => `${name}: [${rules.map(quoteYaml).join(', ')}]`)
  return [
    `If that changes by itself, add to the first document of the cassette: ${lines.join(' and ')}`,
    `Otherwise make the request fit, or record it: ${record}.`
  ]
}

/** As a shell takes it. */
function quote(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

/** As YAML takes it in a list on one line. */
function quoteYaml(rule: string): string {
  return /^[\w.-]+(?: in [\w.-]+)?$/.test(rule) ? rule : JSON.stringify(rule)
}
