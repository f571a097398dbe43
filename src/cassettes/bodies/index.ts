/** The body forms, clearest first. A new one is one file and one line here. */
import { toText } from '../../http/message.ts'
import { bodySchema } from '../schema.ts'
import { writeMap, type YamlObject } from '../yaml-text.ts'
import { parseYaml } from '../parse-yaml.ts'
import { base64Form } from './base64.ts'
import { eventsForm } from './events.ts'
import { fileForm } from './file.ts'
import type { BodyForm, BodyToRead, SideFiles } from './form.ts'
import { jsonForm } from './json.ts'
import { multipartForm } from './multipart.ts'
import { sseForm } from './sse.ts'
import { textForm } from './text.ts'

export const BODY_FORMS: readonly BodyForm[] = [jsonForm, eventsForm, sseForm, multipartForm, textForm, fileForm, base64Form]

/** A body in the clearest form that suits it, not yet proved; `undefined` for a body of no bytes. */
export function guessBody(bytes: Uint8Array, contentType: string | undefined, files: SideFiles): YamlObject | undefined {
  if (bytes.byteLength === 0) return undefined
  const body = { bytes, text: toText(bytes), contentType, files }
  for (const form of BODY_FORMS) {
    const written = form.write(body)
    if (written) return written
  }
  return undefined
}

/** A body in the clearest form that renders back to the same bytes, which is proved here; `undefined` for a body of no bytes. */
export function writeBody(bytes: Uint8Array, contentType: string | undefined, files: SideFiles): YamlObject | undefined {
  if (bytes.byteLength === 0) return undefined
  const body = { bytes, text: toText(bytes), contentType, files }
  for (const form of BODY_FORMS) {
    const written = form.write(body)
    if (written && provesItself(written, bytes, files)) return written
  }
  return base64Form.write(body)
}

/** Reads the text as a cassette would be read, and compares. */
function provesItself(written: YamlObject, bytes: Uint8Array, files: SideFiles): boolean {
  const document = parseYaml(writeMap(written, ''))
  if (document.errors.length > 0) return false
  const given = bodySchema.safeParse(document.toJS())
  if (!given.success) return false
  return Buffer.compare(readBody({ body: given.data, node: document.contents, readFile: files.read }), bytes) === 0
}

/** The bytes of a body in any form. Throws {@link BodyFormError} where JSON was edited into what it cannot hold. */
export function readBody(given: BodyToRead): Uint8Array {
  // The schema lets no body pass that has none of them.
  return BODY_FORMS.find(({ name }) => name in given.body)!.read(given)
}
