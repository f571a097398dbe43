/** Ways to write a key down, and real exchanges with keys planted in them, each way with a key of its own. */
import { deflateSync, gzipSync } from 'node:zlib'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader, isSseType, mediaType } from '../../src/http/headers.ts'
import { toBytes, toText } from '../../src/http/message.ts'
import { canary, CANARY_KINDS, type CanaryKind } from './canary.ts'
import type { RealExchange } from './real-exchanges.ts'

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')
const each = (text: string, write: (code: string) => string): string =>
  [...text].map((char) => write(char.charCodeAt(0).toString(16).padStart(2, '0'))).join('')
const percent = (text: string): string => each(text, (code) => `%${code}`)

/** How a key may stand in a text. */
export const WRITINGS: Readonly<Record<string, (key: string) => string>> = {
  plain: (key) => `my key is ${key}, thanks`,
  base64: (key) => base64(key),
  'base64 of a sentence': (key) => base64(`the key: ${key}.`),
  'base64 at offset 1': (key) => base64(`a ${key}`),
  'base64 at offset 2': (key) => base64(`ab ${key} c`),
  base64url: (key) => Buffer.from(`{"k":"${key}"}>>>???`).toString('base64url'),
  'base64 in lines': (key) => base64(`${'hello '.repeat(9)}${key}${' world'.repeat(20)}`).replace(/.{76}/g, '$&\n'),
  'base64 twice': (key) => base64(base64(`so ${key}`)),
  'base64 three times': (key) => base64(base64(base64(key))),
  hex: (key) => Buffer.from(key).toString('hex'),
  'hex in capitals': (key) => Buffer.from(`-${key}`).toString('hex').toUpperCase(),
  percent,
  'percent twice': (key) => percent(key).replaceAll('%', '%25'),
  'JSON escapes': (key) => each(key, (code) => String.raw`\u00${code}`),
  'JSON in JSON': (key) => JSON.stringify({ a: JSON.stringify({ b: `\n${key}\t` }) }),
  'YAML escapes': (key) => `"${each(key, (code) => String.raw`\x${code}`)}"`,
  'long YAML escapes': (key) => `"${each(key, (code) => String.raw`\U000000${code}`)}"`,
  'HTML entities': (key) => [...key].map((char) => `&#${char.charCodeAt(0)};`).join(''),
  'hexadecimal entities': (key) => each(key, (code) => `&#x${code};`),
  'quoted-printable': (key) => each(key, (code) => `=${code.toUpperCase()}`),
  'quoted-printable over lines': (key) => `key: ${key.slice(0, 12)}=\r\n${key.slice(12)}`,
  'UTF-16 in base64': (key) => base64(Buffer.from(`key ${key}`, 'utf16le')),
  'big-endian UTF-16 in base64': (key) => base64(Buffer.from(`key ${key}`, 'utf16le').swap16()),
  'UTF-16 in hex': (key) => Buffer.from(key, 'utf16le').toString('hex'),
  'UTF-16 byte by byte': (key) => Buffer.from(key, 'utf16le').toString('latin1'),
  'gzip in base64': (key) => base64(gzipSync(`{"key":"${key}"}`)),
  'zlib in base64': (key) => base64(deflateSync(`the key is ${key}`)),
  'a data URL': (key) => `data:text/plain;base64,${base64(`key=${key}`)}`,
  'escapes in base64': (key) => base64(`{"k":"${each(key, (code) => String.raw`\u00${code}`)}"}`),
  'an address': (key) => `https://example.com/a?x=1&sig=${percent(key)}`
}

/** How a key may be split over the events of a stream. */
export const SPLITTINGS: Readonly<Record<string, (key: string) => string>> = {
  'chat deltas': (key) => events(` ${key} `, 5, (content) => ({ id: 'c', choices: [{ index: 0, delta: { content } }] })),
  'arguments of a tool': (key) =>
    events(JSON.stringify({ a: key, b: 1 }), 3, (text) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index: 7, function: { arguments: text } }] } }]
    })),
  input_json_delta: (key) =>
    events(JSON.stringify({ key }), 4, (partial_json) => ({
      type: 'content_block_delta',
      index: 91,
      delta: { type: 'input_json_delta', partial_json }
    })),
  'output_text deltas': (key) =>
    events(`is ${key} .`, 7, (delta) => ({
      type: 'response.output_text.delta',
      item_id: 'msg_planted',
      output_index: 90,
      content_index: 0,
      delta
    }))
}

function events(text: string, size: number, event: (piece: string) => object): string {
  const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
  return pieces.map((piece) => `data: ${JSON.stringify(event(piece))}\n\n`).join('')
}

/** A key that was planted. */
export interface Planted {
  /** What holds it and no other key: a line, or the events of a stream. */
  readonly line: string
  /** How it is written. */
  readonly way: string
  readonly kind: CanaryKind
  readonly key: string
}

/** The key of a way in one exchange: kinds take turns, so that each kind is tried in each way. */
function plantedKey(way: string, at: number, form: Form): Planted {
  const kind = CANARY_KINDS[at % CANARY_KINDS.length]!
  const key = canary(kind, way)
  return { way, kind, key, line: SPLITTINGS[way]?.(key) ?? LINES[form](way, WRITINGS[way]!(key)) }
}

type Form = 'stream' | 'object' | 'text'

const LINES: Readonly<Record<Form, (way: string, written: string) => string>> = {
  stream: (way, said) => `data: ${JSON.stringify({ way, said })}\n\n`,
  object: (way, written) => `${JSON.stringify(way)}: ${JSON.stringify(written)}`,
  text: (way, written) => `${way}: ${written}\n`
}

/** A body with keys in it. */
export interface PlantedBody {
  readonly type: string | undefined
  /** As it was before. */
  readonly original: string
  readonly text: string
  readonly planted: readonly Planted[]
}

/** Plants a key in every way that a body's form allows. `undefined` for bodies that are no text. */
function plantBody({ headers, body }: RealExchange['request' | 'response'], turn: number): PlantedBody | undefined {
  const type = getHeader(headers, 'content-type')
  const original = toText(decodeBody(body, getHeader(headers, 'content-encoding'), 1e9))
  if (original === undefined || /^(?:multipart|audio|image)\//.test(mediaType(type))) return undefined
  const form = isSseType(type) ? 'stream' : /^\s*\{\s*"/.test(original) ? 'object' : 'text'
  const ways = [...Object.keys(WRITINGS), ...(form === 'stream' ? Object.keys(SPLITTINGS) : [])]
  const planted = ways.map((way, at) => plantedKey(way, at + turn, form))
  const lines = planted.map(({ line }) => line)
  const text = {
    stream: () => original + (original.endsWith('\n\n') ? '' : '\n\n') + lines.join(''),
    object: () => original.replace('{', () => `{\n${lines.join(',\n')},\n`),
    text: () => `${original}\n${lines.join('\n')}`
  }
  return { type, original, planted, text: text[form]() }
}

/** The request and the answer of an exchange, each with keys in it. */
export function plantedBodies({ id, request, response }: RealExchange, turn: number): (PlantedBody & { readonly id: string })[] {
  return [request, response].flatMap((message, index) => {
    const body = plantBody(message, turn + index)
    return body ? [{ ...body, id: `${id} ${index === 0 ? 'request' : 'answer'}` }] : []
  })
}

/** A form that uploads a file with a key in it. */
export function plantedForm(key: string): { readonly type: string; readonly bytes: Uint8Array } {
  const part = `--planted\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\nContent-Type: application/jsonl\r\n\r\n`
  return { type: 'multipart/form-data; boundary=planted', bytes: toBytes(`${part}{"a": "\\n${key}"}\r\n--planted--\r\n`) }
}
