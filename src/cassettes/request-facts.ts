/** Tells from a document's bytes what was asked, and of which model, without reading YAML. */
import { tryParseJson } from '../http/json.ts'

export interface RequestFacts {
  /** Method and path: `POST /v1/chat/completions`. */
  readonly endpoint: string
  readonly model: string | undefined
}

/** Facts of many documents: equal texts are held once. */
export interface FactReader {
  /** @param request the document's bytes up to its answer; its line ends are LF */
  read(request: Buffer): RequestFacts
}

const METHOD_LINE = Buffer.from('\n  method: ')
const URL_LINE = Buffer.from('\n  url: ')
/** The field of the body itself: fields within it stand deeper. */
const MODEL_LINE = Buffer.from('\n      model: ')

const LF = 0x0a

export function createFactReader(): FactReader {
  const texts = new Map<string, string>()
  const paths = new Map<string, string>()

  function once(text: string): string {
    const known = texts.get(text)
    if (known !== undefined) return known
    texts.set(text, text)
    return text
  }

  function pathOf(url: string): string {
    const address = url.split(/[?#]/, 1)[0]!
    const known = paths.get(address)
    if (known !== undefined) return known
    const path = URL.canParse(address) ? new URL(address).pathname : address
    paths.set(address, path)
    return path
  }

  return {
    read(request) {
      const model = valueOf(request, MODEL_LINE)
      return {
        endpoint: once(`${valueOf(request, METHOD_LINE) ?? ''} ${pathOf(valueOf(request, URL_LINE) ?? '')}`),
        model: model === undefined ? undefined : once(model)
      }
    }
  }
}

/** What stands on a line behind its beginning. */
function valueOf(bytes: Buffer, line: Buffer): string | undefined {
  const at = bytes.indexOf(line)
  if (at === -1) return undefined
  const start = at + line.length
  const end = bytes.indexOf(LF, start)
  return unquote(bytes.toString('utf8', start, end === -1 ? bytes.length : end))
}

function unquote(text: string): string {
  if (text.startsWith('"')) return String(tryParseJson(text) ?? text)
  return text.startsWith("'") ? text.slice(1, text.lastIndexOf("'")).replaceAll("''", "'") : text.replace(/ #.*$/, '').trim()
}
