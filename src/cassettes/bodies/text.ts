/** Any other UTF-8 body as text. */
import { toBytes } from '../../http/message.ts'
import type { BodyForm } from './form.ts'

export const textForm: BodyForm = {
  name: 'text',
  write: ({ text }) => (text === undefined ? undefined : new Map([['text', text]])),
  read({ body }) {
    if (!('text' in body)) throw new TypeError('not a text')
    return toBytes(body.text)
  }
}
