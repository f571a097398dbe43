/** The first line of a document: its match keys, and a checksum that tells whether they can be trusted. */
import { crc32 } from 'node:zlib'
import { KEY_RULES, type MatchKeys } from './key.ts'

/** The line, with its line end, that goes before a document's text. */
export function writeKeyLine(keys: MatchKeys, text: string): string {
  return `key: ${join(keys)}-${checksum(join(keys), Buffer.from(text))}\n`
}

/** The second key is that of a request with ids in it. */
function join({ exact, shape }: MatchKeys): string {
  return exact === shape ? exact : `${exact}-${shape}`
}

/**
 * The match keys that a document begins with, or `undefined` where they cannot be trusted: the document was edited by hand since,
 * or was written by other rules.
 * @param document its line ends are LF
 */
export function readKeyLine(document: Buffer): MatchKeys | undefined {
  const [, exact, shape = exact, sum] = KEY_LINE.exec(document.toString('latin1', 0, LINE_LENGTH)) ?? []
  if (exact === undefined || shape === undefined) return undefined
  const keys = { exact, shape }
  return sum === checksum(join(keys), document) ? keys : undefined
}

const KEY_LINE = /^key: ([0-9a-f]{16})(?:-([0-9a-f]{16}))?-([0-9a-f]{8})\n/
const LINE_LENGTH = 'key: 0123456789abcdef-0123456789abcdef-01234567\n'.length

const REQUEST_LINE = Buffer.from('request:\n')
const TIMING_LINE = Buffer.from('\n  timing:')
const RECORDED_LINE = Buffer.from('\nrecorded:')

/**
 * Tells an edit; it is no defence against someone who wants to deceive. Times and `recorded` are left out, so that the same traffic
 * gives the same line.
 */
function checksum(keys: string, document: Buffer): string {
  const start = document.indexOf(REQUEST_LINE)
  const timing = document.indexOf(TIMING_LINE, start)
  const end = timing === -1 ? document.lastIndexOf(RECORDED_LINE) : timing
  const sum = crc32(document.subarray(start, end), crc32(`${KEY_RULES} ${keys} `))
  return sum.toString(16).padStart(8, '0')
}
