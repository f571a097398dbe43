/** Server-sent events, lossless: cuts a stream into raw blocks that join to the same text, and reads the fields of a block. */

/** What a block says. Field meanings: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface SseEvent {
  /** The `event:` field, or `undefined` for a plain message. */
  readonly event: string | undefined
  /** All `data:` lines, joined with line feeds; `undefined` where there is none (a comment, a `retry:`). */
  readonly data: string | undefined
}

/** Cuts text as it arrives. Blocks come out with their line ends and blank line; joined, they are the input. */
export interface SseSplitter {
  /** Takes a chunk and gives the blocks that it completes. */
  push(chunk: string): string[]
  /** What is left behind the last blank line. */
  rest(): string
}

/** LF, CRLF or CR, twice in a row; a CR before an LF is half of one line end. */
const BLANK_LINE = /(?:\r\n|\n|\r(?!\n)){2}/g

export function createSseSplitter(): SseSplitter {
  let buffer = ''
  let searched = 0
  return {
    push(chunk) {
      buffer += chunk
      // A CR at the very end may be half of a CRLF: it waits for the next chunk.
      const usable = buffer.endsWith('\r') ? buffer.slice(0, -1) : buffer
      const blocks: string[] = []
      let cut = 0
      BLANK_LINE.lastIndex = searched
      for (let match = BLANK_LINE.exec(usable); match; match = BLANK_LINE.exec(usable)) {
        blocks.push(usable.slice(cut, BLANK_LINE.lastIndex))
        cut = BLANK_LINE.lastIndex
      }
      buffer = buffer.slice(cut)
      searched = Math.max(0, buffer.length - 3)
      return blocks
    },
    rest: () => buffer
  }
}

/** All blocks of a whole text; a last one without a blank line included. */
export function splitSse(text: string): string[] {
  const splitter = createSseSplitter()
  const blocks = splitter.push(text)
  const rest = splitter.rest()
  if (rest === '') return blocks
  // A blank line made of CRs at the very end is only certain here, where nothing follows.
  return [...blocks, rest]
}

/** How many bytes at the beginning are whole events without a word: all of most chunks. What is no more than that may be more. */
export function eventsWithout(word: string, bytes: Buffer): number {
  const at = bytes.indexOf(word, 0, 'latin1')
  const blank = at === -1 ? bytes.lastIndexOf('\n\n', undefined, 'latin1') : bytes.lastIndexOf('\n\n', at, 'latin1')
  return blank === -1 ? 0 : blank + 2
}

/** Reads the fields of one block. */
export function readSseEvent(block: string): SseEvent {
  // Nearly all blocks are one line of data.
  if (block.startsWith('data: ') && block.indexOf('\n') === block.length - 2 && block.endsWith('\n') && !block.includes('\r'))
    return { event: undefined, data: block.slice('data: '.length, -2) }
  let event: string | undefined
  let data: string | undefined
  for (const line of block.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') event = value
    if (name === 'data') data = data === undefined ? value : `${data}\n${value}`
  }
  return { event, data }
}

/** The block of one event with one line of data, LF line ends. */
export function renderSseEvent(data: string, event?: string): string {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n\n`
}
