/** A form, part by part: what is text can be read, and the boundary gives the same bytes again. */
import { isMap, isSeq, type Node } from 'yaml'
import { getHeader } from '../../http/headers.ts'
import { toBytes, toText } from '../../http/message.ts'
import { MultipartError, parseMultipart, readBoundary, type MultipartPart } from '../../http/multipart.ts'
import { readHeaders, writeHeaders } from '../headers-text.ts'
import type { YamlObject, YamlValue } from '../yaml-text.ts'
import { base64Form } from './base64.ts'
import { fileForm } from './file.ts'
import type { BodyForm, BodyToWrite } from './form.ts'
import { textForm } from './text.ts'

/** The forms that a part's bytes may take, clearest first. */
const PART_FORMS: readonly BodyForm[] = [textForm, fileForm, base64Form]

const LINE_FEED = 0x0a

export const multipartForm: BodyForm = {
  name: 'multipart',
  write(body) {
    try {
      const boundary = readBoundary(body.contentType)
      if (boundary === undefined) return undefined
      const parts = parseMultipart(body.bytes, boundary).map((part) => writePart(part, body))
      const form = new Map<string, YamlValue | undefined>([
        ['boundary', boundary],
        // Some clients send no line end behind the last boundary.
        ['newline', body.bytes.at(-1) === LINE_FEED ? undefined : 'none'],
        ['parts', parts]
      ])
      return new Map([['multipart', form]])
    } catch (error) {
      if (error instanceof MultipartError) return undefined
      throw error
    }
  },
  read({ body, node, readFile }) {
    if (!('multipart' in body)) throw new TypeError('not a form')
    const { boundary, newline, parts } = body.multipart
    const nodes = isMap(node) ? node.getIn(['multipart', 'parts'], true) : undefined
    const chunks = parts.flatMap((part, index) => {
      const partNode = isSeq(nodes) ? nodes.items[index] : undefined
      const head = readHeaders(isMap(partNode) ? partNode.get('headers', true) : undefined).map(
        ([name, value]) => `${name}: ${value}\r\n`
      )
      const form = PART_FORMS.find(({ name }) => name in part)!
      const bytes = form.read({ body: part, node: partNode as Node, readFile })
      return [toBytes(`--${boundary}\r\n${head.join('')}\r\n`), bytes, toBytes('\r\n')]
    })
    return new Uint8Array(Buffer.concat([...chunks, toBytes(`--${boundary}--${newline === 'none' ? '' : '\r\n'}`)]))
  }
}

function writePart({ headers, bytes }: MultipartPart, whole: BodyToWrite): YamlObject {
  const body = { bytes, text: toText(bytes), contentType: getHeader(headers, 'content-type'), files: whole.files }
  const content = PART_FORMS.map((form) => form.write(body)).find((written) => written !== undefined)!
  return new Map([['headers', writeHeaders(headers)], ...content])
}
