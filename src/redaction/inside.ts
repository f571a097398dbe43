/** Looks for a secret in bytes that something encoded gave: as they are, unpacked, and as a text that may be encoded again. */
import { isUtf8 } from 'node:buffer'
import { constants, unzipSync } from 'node:zlib'
import { encodedRuns, secretInRun, type Hidden, type LookInside } from './encoded.ts'
import { encodedKind } from './kinds.ts'
import type { Redactor } from './redactor.ts'
import { readWide, viewsOf } from './view.ts'

/** The redactors, by what they are fit for. */
export interface Redactors {
  /** Known values, and shapes that bytes have by no chance. */
  readonly certain: readonly Redactor[]
  /** What means something in a text only: personal data, a user's own. */
  readonly textual: readonly Redactor[]
}

/** How many times bytes may be encoded, packed or escaped. */
const DEEPEST = 4

/** Whether bytes that are no text may be one for all that: packed, or in UTF-16. */
export function mayBeText(bytes: Uint8Array): boolean {
  return isPacked(bytes) || (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}

/** Most bytes that packed ones may become: what is larger is not looked into. */
const MOST_UNPACKED = 64 * 1024 * 1024

/** Control characters that no text has. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/

export function createLookInside({ certain, textual }: Redactors): LookInside {
  const all = [...certain, ...textual]

  function look(bytes: Buffer, depth: number): Hidden | undefined {
    const packed = depth < DEEPEST ? unpack(bytes) : undefined
    if (packed) return hidden(look(packed, depth + 1))
    const raw = bytes.toString('latin1')
    const found = firstOf(certain, raw)
    if (found) return found
    const text = readable(bytes, raw)
    return text === undefined ? undefined : lookAtText(text, depth, text === raw ? textual : all)
  }

  function lookAtText(text: string, depth: number, redactors: readonly Redactor[]): Hidden | undefined {
    const found = firstOf(redactors, text)
    if (found || depth >= DEEPEST) return found
    for (const { text: view } of viewsOf(text)) {
      const inView = lookAtText(view, depth + 1, all)
      if (inView) return hidden(inView)
    }
    for (const { start, end, encoding } of encodedRuns(text)) {
      const inRun = secretInRun(text.slice(start, end), encoding, (bytes) => look(bytes, depth + 1))
      if (inRun) return start === 0 && end === text.length ? inRun : hidden(inRun)
    }
    return undefined
  }

  return (bytes) => look(bytes, 0)
}

function hidden(found: Hidden | undefined): Hidden | undefined {
  return found && { kind: encodedKind(found.kind) }
}

function firstOf(redactors: readonly Redactor[], text: string): Hidden | undefined {
  for (const redactor of redactors) {
    for (const { kind, start, end, secret } of redactor.find(text)) {
      return start === 0 && end === text.length ? { kind, secret: secret ?? text } : { kind: encodedKind(kind) }
    }
  }
  return undefined
}

/** What gzip or zlib packed, as far as it goes; `undefined` for other bytes. */
function unpack(bytes: Buffer): Buffer | undefined {
  if (!isPacked(bytes)) return undefined
  try {
    // Half a file is no reason not to look at the half.
    return unzipSync(bytes, { maxOutputLength: MOST_UNPACKED, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return undefined
  }
}

/** The first bytes of gzip (RFC 1952) and of zlib (RFC 1950). */
function isPacked(bytes: Uint8Array): boolean {
  if (bytes[0] === 0x1f) return bytes[1] === 0x8b
  return bytes[0] === 0x78 && (0x7800 + (bytes[1] ?? 0)) % 31 === 0
}

/** The text of bytes that are one, in UTF-8 or UTF-16. */
function readable(bytes: Buffer, raw: string): string | undefined {
  // Most bytes are no text, and the decoder's own errors are slow.
  if (!CONTROL.test(raw)) return isUtf8(bytes) ? bytes.toString() : undefined
  const text = readWide(raw)
  return text === undefined || CONTROL.test(text) ? undefined : text
}
