/** Redacts a stream of events as it arrives, for who watches it: whole events, and no part of a secret that is spread over many. */
import { toBytes, toText } from '../http/message.ts'
import { createSseSplitter, readSseEvent } from '../http/sse.ts'
import { FIELD, holdFrom, isBetweenWords, MOST_HELD, runLength } from './hold-back.ts'
import type { Redaction } from './redactor.ts'
import type { Found } from './replace.ts'
import { piecesOf, type Piece } from './stream-channels.ts'
import { redactBlock, redactPiece } from './stream-text.ts'

export interface EventStreamRedactor {
  /** Takes text as it arrives and gives the events that can be shown by now, `''` where there are none. */
  push(text: string): string
  /** The end: the events that waited, what others had to hold back as one comment, and that an event never became whole. */
  flush(): string
}

/** A whole event that waits until the words in it are whole too. */
interface Waiting {
  readonly block: string
  readonly data: string | undefined
  readonly pieces: readonly Piece[]
}

interface Channel {
  /** What earlier events held back: it stands in the next one. */
  held: string
  /** Whether the run under way is a secret too long to wait for: the rest of it is not shown. */
  swallows: boolean
}

/** Most events that wait, and most characters in them. */
const MOST_WAITING = 200
const MOST_WAITING_CHARACTERS = 65_536

/**
 * Where nobody can tell how far a secret may go, the stream is shown when it has ended.
 */
export function createEventStreamRedactor(redaction: Redaction): EventStreamRedactor {
  return Number.isFinite(redaction.reach) ? redactAsItComes(redaction) : redactAtItsEnd(redaction)
}

/** Half a stream would be cut within a secret: one that is longer than this is not shown. */
const LONGEST_SHOWN = 8 * 1024 * 1024

function redactAtItsEnd(redaction: Redaction): EventStreamRedactor {
  let kept = ''
  let size = 0
  return {
    push(text) {
      size += text.length
      kept = size > LONGEST_SHOWN ? '' : kept + text
      return ''
    },
    flush() {
      if (size > LONGEST_SHOWN) return `: a stream of ${size} characters, too long to be shown\n`
      return toText(redaction.body(toBytes(kept), 'text/event-stream')) ?? ''
    }
  }
}

/**
 * An event waits while its text may end with the beginning of a secret. Where the stream goes on with something else meanwhile,
 * or for too long, it is shown without that end, which then stands in the next event of the same channel, or in the last line.
 */
function redactAsItComes(redaction: Redaction): EventStreamRedactor {
  const splitter = createSseSplitter()
  const channels = new Map<string, Channel>()
  let waiting: Waiting[] = []

  function channel(name: string): Channel {
    const known = channels.get(name) ?? { held: '', swallows: false }
    channels.set(name, known)
    return known
  }

  function take(block: string): string {
    const { data } = readSseEvent(block)
    const pieces = piecesOf(data).filter(({ isPart }) => isPart)
    waiting.push({
      block,
      data,
      pieces: pieces.map((piece) => ({ ...piece, text: withoutRun(piece.text, channel(piece.channel)) }))
    })
    for (const count of [waiting.length, waiting.length - 1]) if (isSafe(count)) return emit(count, false)
    return mustGoOn(pieces) ? emit(waiting.length, true) : ''
  }

  /** What the first events say, by channel. */
  function textsOf(events: readonly Waiting[]): Map<string, string> {
    const texts = new Map<string, string>()
    for (const { channel: name, text } of events.flatMap(({ pieces }) => pieces)) {
      texts.set(name, (texts.get(name) ?? channel(name).held) + text)
    }
    return texts
  }

  /** Whether no secret can go on from the first events into those behind them. */
  function isSafe(count: number): boolean {
    const all = textsOf(waiting)
    return [...textsOf(waiting.slice(0, count))].every(([name, text]) => isBetweenWords(all.get(name)!, text.length, redaction))
  }

  function mustGoOn(latest: readonly Piece[]): boolean {
    if (waiting.length > MOST_WAITING || waiting.reduce((sum, { block }) => sum + block.length, 0) > MOST_WAITING_CHARACTERS)
      return true
    const names = new Set(latest.map(({ channel: name }) => name))
    return [...textsOf(waiting)].some(([name, text]) => {
      return text.length > MOST_HELD || (names.size > 0 && !names.has(name) && holdFrom(text, redaction).from < text.length)
    })
  }

  /** Shows the first events that wait. Where that is too early, the ends of their texts are held back. */
  function emit(count: number, isEarly: boolean): string {
    const events = waiting.slice(0, count)
    waiting = waiting.slice(count)
    const edits = events.map(() => new Map<string, string>())
    for (const [name, text] of textsOf(events)) {
      const hold = isEarly ? holdFrom(text, redaction) : { from: text.length, isEndless: false }
      const fields = secretFields(text.slice(0, hold.from), redaction)
      let from = 0
      let to = channel(name).held.length
      events.forEach(({ pieces }, event) => {
        for (const piece of pieces.filter(({ channel: own }) => own === name)) {
          to += piece.text.length
          const place = { text: text.slice(from, Math.min(to, hold.from)), from, to: Math.max(from, Math.min(to, hold.from)) }
          edits[event]!.set(
            piece.path,
            redactPiece(place, fields, ({ secret, kind }) => redaction.field(kind, secret) ?? secret)
          )
          from = to
        }
      })
      channels.set(name, { held: text.slice(hold.from), swallows: hold.isEndless || channel(name).swallows })
    }
    const stream = events.map(({ block, data }, event) => redactBlock(block, data, edits[event], (text) => text)).join('')
    return toText(redaction.body(toBytes(stream), 'text/event-stream')) ?? ''
  }

  return {
    push: (text) => splitter.push(text).map(take).join(''),
    flush() {
      const rest = splitter.rest()
      const { data } = readSseEvent(rest)
      // Half an event is no JSON: its texts could go on with a secret that began in the events before.
      const isWhole = data === undefined || piecesOf(data).every(({ path }) => path !== '')
      const shown = (isWhole ? take(rest) : '') + emit(waiting.length, false)
      const held = [...channels.values()].map((own) => redaction.text(own.held)).filter((text) => text !== '')
      channels.clear()
      const last = isWhole ? '' : `: an event that did not end, ${rest.length} characters\n`
      const line = held.length === 0 ? '' : `: held back: ${held.map((text) => JSON.stringify(text)).join(' ')}\n`
      return shown + (shown === '' || /[\r\n]$/.test(shown) || last + line === '' ? '' : '\n') + last + line
    }
  }
}

/** A piece without the rest of a run that is not shown. */
function withoutRun(text: string, channel: Channel): string {
  if (!channel.swallows) return text
  const rest = text.slice(runLength(text))
  channel.swallows = rest === ''
  return rest
}

/** Values that are secret by their field's name, which is their kind here. Events hold parts of JSON, which nobody could read as a whole. */
function secretFields(text: string, redaction: Redaction): Found[] {
  return [...text.matchAll(FIELD)].flatMap(({ 0: field, 1: name = '', 2: value = '', index }) => {
    const end = index + field.length - 1
    return redaction.field(name, value) === undefined ? [] : [{ kind: name, secret: value, start: end - value.length, end }]
  })
}
