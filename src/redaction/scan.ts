/** The last look at a finished text: every secret that is left, in plain or hidden, with its line, never the secret itself. */
import { readSseEvent, splitSse } from '../http/sse.ts'
import type { CleanTexts } from './clean-texts.ts'
import { encodedRuns, secretInRun, type LookInside } from './encoded.ts'
import { mayBeText } from './inside.ts'
import { plainKind } from './kinds.ts'
import type { Redactor, ScanFinding } from './redactor.ts'
import { joinDeltas } from './stream-channels.ts'
import { viewOfJsonString, viewsOf } from './view.ts'

export interface ScanMeans {
  /** What finds secrets that stand as they are. */
  readonly redactors: readonly Redactor[]
  /** What finds those in bytes. */
  readonly inside: LookInside
  /** Remembers runs of letters and digits that hold none: long words are runs too. */
  readonly cleanRuns: CleanTexts
}

/** A text in which more is wrong than this is not told of further. */
const MOST_FINDINGS = 100

/** How many times escapes may be escaped. */
const MOST_ESCAPES = 4

/** A text to look at: the finished one, or a view of it. */
interface Look {
  readonly text: string
  /** The place in the finished text. */
  readonly placeOf: (at: number) => number
  /** How many escapes were undone. */
  readonly depth: number
  /** How all of it is hidden, where that is known. */
  readonly encoding?: string
}

/** Names of fields do not matter here: a line that only looks like JSON must not keep a text from being written. */
export function scanText(text: string, { redactors, inside, cleanRuns }: ScanMeans): ScanFinding[] {
  const found = new Map<string, ScanFinding>()
  const lineAt = createLineCounter(text)
  const tell = (kind: string, at: number, encoding: string): void => {
    const [shown, line] = [plainKind(kind), lineAt(at)]
    const key = `${shown} ${line}`
    if (!found.has(key) && found.size < MOST_FINDINGS) found.set(key, { kind: shown, line, encoding })
  }

  function look({ text: seen, placeOf, depth, encoding }: Look): void {
    for (const redactor of redactors) {
      for (const { kind, start, end, secret } of redactor.find(seen)) {
        const written = text.slice(placeOf(start), placeOf(end))
        tell(kind, placeOf(start), encoding ?? (depth === 0 ? encodingOf(written, secret) : writingOf(written)))
      }
    }
    for (const run of encodedRuns(seen)) {
      const written = seen.slice(run.start, run.end)
      // Each run of hex is a run of base64 as well.
      const name = run.encoding === 'hex' ? `hex ${written}` : written
      if (cleanRuns.has(name)) continue
      const hidden = secretInRun(written, run.encoding, inside)
      if (!hidden) cleanRuns.add(name)
      else tell(hidden.kind, placeOf(run.start), encoding ?? run.encoding)
    }
    for (const { text: view, rawAt } of depth < MOST_ESCAPES ? viewsOf(seen) : []) {
      look({ text: view, placeOf: (at) => placeOf(rawAt(at)), depth: depth + 1, ...(encoding ? { encoding } : {}) })
    }
  }

  look({ text, placeOf: (at) => at, depth: 0 })
  const packed = mayBeText(Buffer.from(text.slice(0, 2), 'latin1')) ? inside(Buffer.from(text, 'latin1')) : undefined
  if (packed) tell(packed.kind, 0, 'packed')
  for (const { at, stream } of streamsIn(text)) {
    const data = splitSse(stream).map((block) => readSseEvent(block).data)
    for (const joined of joinDeltas(data)) look({ text: joined, placeOf: () => at, depth: 0, encoding: 'stream' })
  }
  return [...found.values()].toSorted((a, b) => a.line - b.line)
}

/** How a known value is written where it stands in another form. */
function encodingOf(written: string, secret = written): string {
  if (written === secret) return 'plain'
  if (/[\\%]/.test(written)) return writingOf(written)
  for (const encoding of ['hex', 'base64'] as const) if (Buffer.from(written, encoding).toString() === secret) return encoding
  return 'plain'
}

/** How a text is written that needs to be read to be found. */
function writingOf(written: string): string {
  if (written.includes('%')) return 'percent'
  if (written.includes('&')) return 'entities'
  if (written.includes('\0')) return 'utf-16'
  return /=(?:\s|[2-7][0-9A-F])/.test(written) && !written.includes('\\') ? 'quoted-printable' : 'escaped'
}

/** Every event stream: in lines of its own, indented or not, or in one line with its line ends escaped. */
function* streamsIn(text: string): Generator<{ readonly at: number; readonly stream: string }> {
  // Only what events carry as data is joined.
  if (!text.includes('data')) return
  let stream = ''
  let begin = 0
  for (const { at, line } of linesOf(text)) {
    const content = line.trimStart()
    if (/^(?:(?:data|event|id|retry)?:.*|data)?$/s.test(content)) {
      if (stream === '') begin = at
      stream += `${content}\n`
      continue
    }
    if (stream !== '') yield { at: begin, stream }
    stream = ''
    const quoted = content.includes(String.raw`data:`) && content.includes(String.raw`\n`) ? content.indexOf('"') : -1
    if (quoted !== -1) yield { at, stream: viewOfJsonString(content.slice(quoted + 1).replace(/"[^"]*$/, '')).text }
  }
  if (stream !== '') yield { at: begin, stream }
}

function* linesOf(text: string): Generator<{ readonly at: number; readonly line: string }> {
  for (let at = 0; at <= text.length;) {
    const next = text.indexOf('\n', at)
    const end = next === -1 ? text.length : next
    yield { at, line: text.slice(at, text.charCodeAt(end - 1) === 13 ? Math.max(at, end - 1) : end) }
    at = end + 1
  }
}

/** The line, from 1, in which a place of the text stands. */
function createLineCounter(text: string): (at: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (at) => {
    let low = 0
    let high = starts.length
    while (low + 1 < high) {
      const middle = (low + high) >>> 1
      if (starts[middle]! <= at) low = middle
      else high = middle
    }
    return low + 1
  }
}
