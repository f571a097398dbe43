/** Splits the text of a whole cassette, as it is split when it is opened. */
import { splitWindow } from '../../src/cassettes/split.ts'

export interface SplitText {
  readonly header: string | undefined
  readonly documents: readonly { readonly text: string; readonly line: number }[]
  readonly isWhole: boolean
}

export function splitText(given: string): SplitText {
  const bytes = Buffer.from(given)
  const { pieces, end } = splitWindow(bytes, { isFirst: true, isLast: true })
  // Of cassettes that were joined, only the first header is one.
  const [header, ...documents] = pieces
    .filter(({ isJoined }) => !isJoined)
    .map((piece) => ({
      text: bytes.toString('utf8', piece.start, piece.end),
      line: piece.linesBefore + 1
    }))
  return { header: header?.text, documents, isWhole: end === bytes.length }
}
