/** Messages to whoever runs the proxy: colours on a terminal only, and nothing that steers it. */
import { describe, expect, it } from 'vitest'
import { createReport } from '../../src/log/report.ts'

function reported(message: string, isTTY: boolean): string {
  let written = ''
  createReport({ write: (text) => void (written += text), isTTY })(message)
  return written
}

describe('a report', () => {
  it('has colours where a person looks at it', () => {
    expect(reported('a\n  the [-quick-]{+slow+} fox', true)).toBe(
      'openai-proxy: a\n  the \u001b[31m[-quick-]\u001b[39m\u001b[32m{+slow+}\u001b[39m fox\n'
    )
  })

  it('has none in a file or a pipe', () => {
    expect(reported('the [-quick-]{+slow+} fox', false)).toBe('openai-proxy: the [-quick-]{+slow+} fox\n')
  })

  it('sends nothing to a terminal that steers it', () => {
    expect(reported('a\u001b[2Jb\u0007\r\nc', true)).toBe('openai-proxy: a[2Jb\nc\n')
  })
})
