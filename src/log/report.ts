/** One message for whoever runs the proxy, on a stream: fit for a terminal, and in colours where it is one. */
import { styleText } from 'node:util'

/** Where messages go. */
interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** A message may have lines; what would steer a terminal is taken out of it. */
export function createReport(output: Output): (message: string) => void {
  return (message) => {
    const clean = message.replaceAll('\r\n', '\n').replaceAll(CONTROL, '')
    output.write(`openai-proxy: ${output.isTTY === true ? paintChanges(clean) : clean}\n`)
  }
}

/** What is gone in red, what is new in green: `the [-quick-]{+slow+} fox`. */
export function paintChanges(text: string): string {
  const paint = (style: 'red' | 'green', piece: string): string => styleText(style, piece, { validateStream: false })
  return text
    .replaceAll(/\[-.*?-\]/g, (piece) => paint('red', piece))
    .replaceAll(/\{\+.*?\+\}/g, (piece) => paint('green', piece))
}
