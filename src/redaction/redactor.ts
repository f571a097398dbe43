/** The contracts of redaction: what a redactor finds, and what the house asks of redaction as a whole. */
import type { Json } from '../http/json.ts'
import type { HeaderList } from '../http/message.ts'
import type { PlaceholderNumbers } from './placeholders.ts'

/** A secret's place in a text. */
export interface Finding {
  readonly start: number
  readonly end: number
  /** What it is, in kebab case, e.g. `openai-key`: names its placeholder `<openai-key:1>`. */
  readonly kind: string
  /**
   * What it stands for, where the text writes it in another form: one secret has one placeholder.
   * @default the text itself, from `start` to `end`
   */
  readonly secret?: string
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
  /**
   * Makes a value secret from now on: a key in use, a token. Values shorter than 8 characters are not taken, nor are plain words
   * shorter than 16 (`not-needed`), since they would be found in any text.
   */
  learn(value: string, kind: string): void
  /** Any text that is not a body: an error message, a file name. */
  text(text: string): string
  /**
   * The text of a JSON body that is parsed already, with its value: sooner done than {@link body} where it holds nothing new.
   * No key may stand twice in one object.
   */
  json(text: string, value: Json): string
  headers(headers: HeaderList, audience: Audience): HeaderList
  /** A path with its query: secret parameters, signatures and user info. */
  url(url: string): string
  /**
   * A decoded body by its content type: JSON in place (spacing stays), server-sent events with their deltas joined (a secret
   * split over events is taken out of each piece), forms part by part, other text as text. Bytes that are no text keep every
   * byte that is no secret. Where there is nothing to take out, the bytes themselves come back.
   */
  body(bytes: Uint8Array, contentType: string | undefined): Uint8Array
  /**
   * The last look at a finished text: plain, with base64, hex, packed bytes, UTF-16 and every kind of escape undone, one in another
   * too, and with stream deltas joined.
   */
  scan(text: string): ScanFinding[]
  /** What stands in the place of a field's value, by the field's name alone; `undefined`: the value, as far as its name tells. */
  field(name: string, value: string): string | undefined
  /** Whether a field of that name may hold a secret. */
  mayHideField(name: string): boolean
  /** Where secrets stand in a text that is no body. Gives no placeholder away. */
  places(text: string): readonly { readonly start: number; readonly end: number }[]
  /**
   * How many characters a secret may have that holds white space: who shows a text as it comes must keep as many back. Infinite where
   * nobody can tell: then a text can be shown when it has ended.
   */
  readonly reach: number
  /** The numbers of its placeholders, for whoever writes them. */
  readonly numbers: PlaceholderNumbers
  /** How many values are known to be secret: a text that was redacted before there were more may still hold one. */
  readonly learned: number
}
