/** The debug console: shows each exchange as it happens, for a person: headers, bodies, streams line by line; all redacted. */
import { getHeader, isSseType } from '../http/headers.ts'
import type { HeaderList } from '../http/message.ts'
import type { Watcher } from '../pipeline/ports.ts'
import { createEventStreamRedactor } from '../redaction/index.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { createScreen, type Screen } from './debug-screen.ts'

export interface DebugConsoleOptions {
  /** Takes whole lines. */
  readonly write: (text: string) => void
  readonly redaction: Redaction
  /** Whether to use colours: only where a person looks at it. */
  readonly color: boolean
  /**
   * Milliseconds that never go back.
   * @default performance.now
   */
  readonly now?: () => number
}

/** Most bytes of an answer that are kept to be shown at its end. */
const MOST_KEPT = 1024 * 1024

/** An exchange under way. */
interface Shown {
  readonly screen: Screen
  readonly openedAt: number
  size: number
  answer: AnswerView | undefined
}

/** Shows an answer's body: as it comes, or whole at its end. */
interface AnswerView {
  chunk(bytes: Uint8Array): void
  end(): void
}

/** A watcher that never throws: what happens to an exchange must not depend on who looks at it. */
export function createDebugConsole(options: DebugConsoleOptions): Watcher {
  const { write, redaction, now = () => performance.now() } = options
  const exchanges = new Map<string, Shown>()

  function find(id: string): Shown {
    const known = exchanges.get(id)
    if (known) return known
    const screen = createScreen({ ...options, label: id.replace(/^[a-z]+_/i, '').slice(-6) })
    const shown: Shown = { screen, openedAt: now(), size: 0, answer: undefined }
    exchanges.set(id, shown)
    return shown
  }

  function show(id: string, display: (shown: Shown) => void): void {
    try {
      display(find(id))
    } catch (error) {
      write(`openai-proxy: the debug console cannot show ${id} (${error instanceof Error ? error.name : 'unknown error'})\n`)
    }
  }

  return {
    opened: ({ id, request, path, provider }) =>
      show(id, ({ screen }) => {
        screen.title('bold', `→ ${request.method} ${redaction.url(path)}`, provider)
        screen.headers(request.headers)
        screen.body({ headers: request.headers, bytes: request.body, size: request.body.byteLength, answer: 'none' })
      }),
    answered: ({ id, source, response: { status, headers } }) =>
      show(id, (shown) => {
        shown.screen.title(status < 400 ? 'green' : 'red', `← ${status} ${source}`, duration(now() - shown.openedAt))
        shown.screen.headers(headers)
        const isPlainStream = isSseType(getHeader(headers, 'content-type')) && !getHeader(headers, 'content-encoding')
        shown.answer = isPlainStream ? streamView(shown.screen, redaction) : wholeView(shown.screen, headers, status)
      }),
    chunk: ({ id, bytes }) =>
      show(id, (shown) => {
        shown.size += bytes.byteLength
        shown.answer?.chunk(bytes)
      }),
    ended({ id, error, fault }) {
      show(id, ({ screen, answer, openedAt, size }) => {
        answer?.end()
        if (fault !== undefined) screen.title('red', `⚡ ${fault}`, 'a fault on purpose')
        if (error) screen.title('red', `✗ ${error.code}`, redaction.text(error.message))
        screen.title('dim', `■ ${duration(now() - openedAt)}, ${size} bytes`, '')
      })
      exchanges.delete(id)
    }
  }
}

/** Events of a stream as they come. */
function streamView(screen: Screen, redaction: Redaction): AnswerView {
  const decoder = new TextDecoder()
  const redactor = createEventStreamRedactor(redaction)
  function display(text: string): void {
    const lines = text.replace(/(?:\r\n|[\r\n])+$/, '')
    if (lines !== '') screen.text(lines)
  }
  return {
    chunk: (bytes) => display(redactor.push(decoder.decode(bytes, { stream: true }))),
    end: () => display(redactor.push(decoder.decode()) + redactor.flush())
  }
}

function wholeView(screen: Screen, headers: HeaderList, status: number): AnswerView {
  const kept: Uint8Array[] = []
  let size = 0
  return {
    chunk(bytes) {
      if (size < MOST_KEPT) kept.push(bytes.subarray(0, MOST_KEPT - size))
      size += bytes.byteLength
    },
    end: () => screen.body({ headers, bytes: Buffer.concat(kept), size, answer: status >= 400 ? 'error' : 'good' })
  }
}

function duration(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
