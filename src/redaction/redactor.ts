/** The contracts of redaction: what a redactor finds, and what the house asks of redaction as a whole. */
import type { HeaderList } from '../http/message.ts'

/** A secret's place in a text. */
export interface Finding {
  readonly start: number
  readonly end: number
  /** What it is, in kebab case, e.g. `openai-key`: names its placeholder `<openai-key:1>`. */
  readonly kind: string
}

/** Finds one family of secrets in a text. Linear in the text's length, whatever the text. */
export interface Redactor {
  readonly name: string
  find(text: string): Iterable<Finding>
}

/** Who will read it. A cassette keeps the headers that a replay needs; a log names every header and shows the harmless values. */
export type Audience = 'cassette' | 'log'

/** A secret that was left in a finished text: the last look's reason not to write it. */
export interface ScanFinding {
  /** What it is; never the secret itself. */
  readonly kind: string
  /** Where: the line in the scanned text, from 1. */
  readonly line: number
  /** How it was hidden, e.g. `base64`; `plain` where it stood as it is. */
  readonly encoding: string
}

/**
 * Takes secrets out of what is kept. One instance gives the same placeholder for the same secret wherever it stands, so
 * there is one for each cassette, and one for the log. Nothing here ever touches what is sent.
 */
export interface Redaction {
  /** Makes a value secret from now on: a key in use, a token. Values shorter than 8 characters are not taken. */
  learn(value: string, kind: string): void
  /** Any text that is not a body: an error message, a file name. */
  text(text: string): string
  headers(headers: HeaderList, audience: Audience): HeaderList
  /** A path with its query: secret parameters, signatures and user info. */
  url(url: string): string
  /**
   * A decoded body by its content type: JSON in place (spacing stays), server-sent events with their deltas joined (a secret
   * split over events is taken out of each piece), forms part by part, other text as text. Bytes that are no text are left alone.
   */
  body(bytes: Uint8Array, contentType: string | undefined): Uint8Array
  /** The last look at a finished text: plain, with base64, hex, percent and JSON escapes undone, and with stream deltas joined. */
  scan(text: string): ScanFinding[]
}
