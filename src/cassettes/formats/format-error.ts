/** The error of a file of recordings that cannot be read, or of one exchange in it. */

/** What is wrong with a foreign recording, and in which line of its file. */
export class FormatError extends Error {
  /** From 1. */
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.name = 'FormatError'
    this.line = line
  }
}
