/** In a page, Node's `Buffer`, by the package of that name, with what that lacks. */
import { Buffer as PageBuffer } from 'buffer/index.js'

/** Of the platform: faster, and by the standard where bytes are no text. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const strict = new TextDecoder('utf-8', { fatal: true })

const { toString } = PageBuffer.prototype

PageBuffer.prototype.toString = function (this: PageBuffer, encoding = 'utf8', start = 0, end = this.length): string {
  if (encoding === 'utf8' || encoding === 'utf-8') return decoder.decode(this.subarray(start, end))
  if ((encoding as string) !== 'base64url') return toString.call(this, encoding, start, end)
  return toString.call(this, 'base64', start, end).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** As whoever uses it knows it. */
export const Buffer = PageBuffer as unknown as typeof globalThis.Buffer

/** Whether bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}
