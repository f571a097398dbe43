/** Large bytes that are no text, in a file beside the cassette, named by their digest. */
import type { BodyForm } from './form.ts'

/** Binary bodies beyond this many bytes do not belong in a text that people read. */
const LARGE_BYTES = 64 * 1024

export const fileForm: BodyForm = {
  name: 'file',
  write({ bytes, text, files }) {
    if (text !== undefined || bytes.byteLength <= LARGE_BYTES) return undefined
    return new Map<string, string | number>([
      ['file', files.keep(bytes)],
      ['bytes', bytes.byteLength]
    ])
  },
  read({ body, readFile }) {
    if (!('file' in body)) throw new TypeError('not a file')
    return readFile(body.file)
  }
}
