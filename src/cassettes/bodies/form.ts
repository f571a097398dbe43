/** The contract of a body form: one way to write a body in a cassette that renders back to the same bytes. */
import type { Node } from 'yaml'
import type { BodyDocument } from '../schema.ts'
import type { YamlObject } from '../yaml-text.ts'

/** What a form may look at when it writes. */
export interface BodyToWrite {
  readonly bytes: Uint8Array
  /** The bytes as UTF-8, or `undefined` where they are none. */
  readonly text: string | undefined
  readonly contentType: string | undefined
  readonly files: SideFiles
}

/** The files beside a cassette that hold large binary bodies. */
export interface SideFiles {
  /** Keeps bytes for writing and gives the name that the cassette refers to, e.g. `weather.files/3f2a….bin`. */
  keep(bytes: Uint8Array): string
  /** Reads one. Throws `CassetteError` where it is missing or does not hold what was written. */
  read(name: string): Uint8Array
}

/** What a form reads: the checked document, and its YAML node, which knows how each number was written. */
export interface BodyToRead {
  readonly body: BodyDocument
  readonly node: Node | null | undefined
  readonly readFile: SideFiles['read']
}

export interface BodyForm {
  /** The field that marks the form in a document: `json`, `sse` … */
  readonly name: string
  /** `undefined` where the form does not suit this body. What it gives is proved before it is used. */
  write(body: BodyToWrite): YamlObject | undefined
  read(body: BodyToRead): Uint8Array
}

/** A body that a person edited into something that no form reads. The message says what to write. */
export class BodyFormError extends Error {}
