/** What the command line's streams can do where a person sits before them: questions, progress, width and colours. */
import { createInterface } from 'node:readline/promises'
import type { ReadStream, WriteStream } from 'node:tty'
import type { CommandParts, Terminal } from './command-error.ts'

/** Standard streams, which are a terminal or are not. */
export type MaybeTerminal<Stream> = Partial<Stream> & Pick<NodeJS.WriteStream, 'write'>

export function terminal(output: MaybeTerminal<WriteStream>): Terminal | undefined {
  if (!output.isTTY) return undefined
  // NO_COLOR and its kin are known to `hasColors`.
  return { columns: output.columns || 80, color: output.hasColors?.() ?? false }
}

/** One line that is written over, where a person looks. */
export function progress(output: MaybeTerminal<WriteStream>): CommandParts['progress'] {
  if (!output.isTTY) return undefined
  return (text) => void output.write(`\r\u001b[K${text.replaceAll(/\p{Cc}/gu, ' ').slice(0, (output.columns || 80) - 1)}`)
}

/** Only a plain `y` or `yes` is one; the end of the input is a no. */
export function ask(input: ReadStream, output: WriteStream): CommandParts['ask'] {
  if (!input.isTTY || !output.isTTY) return undefined
  return async (question) => {
    const lines = createInterface({ input, output })
    try {
      const left = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
      const answer = await Promise.race([lines.question(`${question} [y/N] `), left])
      return /^y(?:es)?$/i.test(answer.trim())
    } finally {
      lines.close()
    }
  }
}
