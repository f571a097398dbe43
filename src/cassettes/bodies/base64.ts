/** Bytes that are no text, in base64. */
import type { BodyForm } from './form.ts'

export const base64Form: BodyForm = {
  name: 'base64',
  write: ({ bytes }) => new Map([['base64', Buffer.from(bytes).toString('base64')]]),
  read({ body }) {
    if (!('base64' in body)) throw new TypeError('not base64')
    return new Uint8Array(Buffer.from(body.base64, 'base64'))
  }
}
