/** Brings documents of older cassettes to today's form, version by version, as they are read. The files stay as they are. */
import type { Document } from 'yaml'

/** One step: from a version to the next. It changes the parsed document in place, so that numbers keep how they were written. */
export interface Migration {
  /** The version that it begins with. */
  readonly from: number
  /** Changes a header document, but for the version in it. */
  readonly header?: (document: Document) => void
  readonly interaction?: (document: Document) => void
}

/**
 * Every step, oldest first, one for each version before today's. Version 1 is the first that was published, and today's.
 * A step is never changed once it was published; `fixtures/cassettes/` keeps a cassette of every version.
 */
export const MIGRATIONS: readonly Migration[] = []

/** Takes a document of a version through every step from there. */
export function migrate(
  document: Document,
  kind: 'header' | 'interaction',
  { version, steps = MIGRATIONS }: { readonly version: number; readonly steps?: readonly Migration[] }
): void {
  for (const step of steps) {
    if (step.from < version) continue
    step[kind]?.(document)
    if (kind === 'header') document.set('cassette', step.from + 1)
  }
}
