/** Takes secrets out of a stream of events, those included that are split over the deltas of many events. */
import { readSseEvent, splitSse } from '../http/sse.ts'
import type { FindSecrets } from './find-secrets.ts'
import type { Found, Replace } from './replace.ts'
import { piecesOf, withPieces, type Piece } from './stream-channels.ts'

export interface StreamRedaction {
  readonly find: FindSecrets
  readonly replace: Replace
  readonly text: (text: string) => string
}

/** The stream's text. Events that hold no secret keep every character. */
export function redactStream(stream: string, redaction: StreamRedaction): string {
  const blocks = splitSse(stream)
  const data = blocks.map((block) => readSseEvent(block).data)
  const edits = joinedEdits(data, redaction)
  return blocks.map((block, index) => redactBlock(block, data[index], edits.get(index), redaction.text)).join('')
}

/**
 * One block with nothing secret in its data nor in its other lines; line ends and everything else stay.
 * @param texts what some of its pieces say instead
 */
export function redactBlock(
  block: string,
  data: string | undefined,
  texts: ReadonlyMap<string, string> | undefined,
  redactText: (text: string) => string
): string {
  if (data === undefined) return redactText(block)
  const said = redactText(texts ? withPieces(data, texts) : data)
  // Nearly every block is one line of data, and clean.
  if (said === data && block === `data: ${data}\n\n`) return block
  const clean = said.split('\n')
  let next = 0
  let out = ''
  // Lines and what ends them, in turn.
  const parts = block.split(/(\r\n|\n|\r)/)
  for (let at = 0; at < parts.length; at += 2) {
    const line = parts[at]!
    const end = parts[at + 1] ?? ''
    const field = /^\uFEFF?data(?:: ?|$)/.exec(line)?.[0]
    if (field === undefined) out += redactText(line) + end
    else if (next < clean.length) {
      const content = clean[next]!
      out += (content === '' || field.includes(':') ? field : `${field}: `) + content + end
      next += 1
    }
    // A secret that took several lines leaves one: the others go.
  }
  // Only a private key has several lines, of which some may be no field.
  return out.includes('-----BEGIN ') ? redactText(out) : out
}

/** New texts for pieces, by event and path. The first piece that holds a part of a secret gets its placeholder. */
function joinedEdits(
  data: readonly (string | undefined)[],
  { find, replace }: StreamRedaction
): Map<number, Map<string, string>> {
  const edits = new Map<number, Map<string, string>>()
  for (const pieces of byChannel(data)) {
    const joined = pieces.map(({ text }) => text).join('')
    const findings = pieces.length < 2 ? [] : find(joined)
    let from = 0
    let first = 0
    for (const { event, path, text } of pieces) {
      const to = from + text.length
      while (first < findings.length && findings[first]!.end <= from) first += 1
      const next = redactPiece({ text, from, to }, findings.slice(first, countUntil(findings, first, to)), replace)
      if (next !== text) edits.set(event, (edits.get(event) ?? new Map<string, string>()).set(path, next))
      from = to
    }
  }
  return edits
}

function countUntil(findings: readonly Found[], first: number, to: number): number {
  let end = first
  while (end < findings.length && findings[end]!.start < to) end += 1
  return end
}

function byChannel(data: readonly (string | undefined)[]): (Piece & { readonly event: number })[][] {
  const channels = new Map<string, (Piece & { readonly event: number })[]>()
  data.forEach((text, event) => {
    for (const piece of piecesOf(text)) {
      const pieces = channels.get(piece.channel)
      if (pieces) pieces.push({ ...piece, event })
      else channels.set(piece.channel, [{ ...piece, event }])
    }
  })
  return [...channels.values()]
}

/** A piece, which stands in the joined text at `from`, without the findings that reach into it. */
export function redactPiece(
  { text, from, to }: { readonly text: string; readonly from: number; readonly to: number },
  findings: readonly Found[],
  replace: Replace
): string {
  let out = ''
  let at = from
  for (const { start, end, ...found } of findings) {
    if (end <= from || start >= to) continue
    out += text.slice(at - from, Math.max(start, from) - from)
    if (start >= from) out += replace(found)
    at = Math.min(end, to)
  }
  return out + text.slice(at - from)
}
