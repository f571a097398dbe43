/** How the debug console puts one exchange on the terminal: labelled lines, colours, nothing that could steer the terminal. */
import { styleText } from 'node:util'
import type { HeaderList } from '../http/message.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { showBody, type PassedBody } from './log-body.ts'

type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan'

/** Prints what belongs to one exchange. */
export interface Screen {
  title(style: Style, text: string, note: string): void
  headers(headers: HeaderList): void
  body(passed: PassedBody): void
  /** Redacted already. */
  text(text: string): void
}

export interface ScreenOptions {
  readonly write: (text: string) => void
  readonly redaction: Redaction
  readonly color: boolean
  /** Stands before every line: several exchanges may be under way at once. */
  readonly label: string
}

export function createScreen({ write, redaction, color, label }: ScreenOptions): Screen {
  const paint = (style: Style, text: string): string =>
    color && text !== '' ? styleText(style, text, { validateStream: false }) : text
  const prefix = paint('dim', label)

  function print(text: string, style?: Style): void {
    const lines = printable(text).split('\n')
    write(lines.map((line) => `${prefix} ${style ? paint(style, line) : line}\n`).join(''))
  }

  return {
    title(style, text, note) {
      const [first = '', ...more] = printable(note).split('\n')
      write(`${prefix} ${paint(style, printable(text))}${first === '' ? '' : ` ${paint('dim', first)}`}\n`)
      if (more.length > 0) print(more.join('\n'), 'dim')
    },
    headers(headers) {
      for (const [name, value] of redaction.headers(headers, 'log')) {
        write(`${prefix}   ${paint('cyan', `${printable(name)}:`)} ${printable(value)}\n`)
      }
    },
    body(passed) {
      const shown = showBody(passed, { redaction, tokens: true })
      if (!shown) return
      const text = typeof shown.body === 'string' ? shown.body : JSON.stringify(shown.body, null, 2)
      print(shown.truncated ? `${text}\n[the beginning of ${passed.size} bytes]` : text)
    },
    text: (text) => print(text)
  }
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Control characters could move the cursor or change the terminal's state: they are shown, not sent. */
function printable(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').replace(/\r$/, '')
  return lines.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
