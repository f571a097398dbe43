/** The formats of other people's recordings. A new one is one file and one line here. */
import { azure } from './azure.ts'
import { FormatError } from './format-error.ts'
import type { FormatReading, RecordingFormat } from './format.ts'
import { har } from './har.ts'
import { nock } from './nock.ts'
import { readJsonNodes } from './read-json.ts'
import { readYamlNodes } from './read-yaml.ts'
import { rubyVcr } from './ruby-vcr.ts'
import { fieldOf } from './source-node.ts'
import { vcrpy } from './vcrpy.ts'

/** Each knows its files by their content; no two take the same one. */
export const RECORDING_FORMATS: readonly RecordingFormat[] = [vcrpy, rubyVcr, har, azure, nock]

/** Most bytes of a file. YAML is read into much more memory than JSON, and far more slowly. */
export const MOST_BYTES = { json: 256 * 1024 * 1024, yaml: 64 * 1024 * 1024 } as const

/** A file as its format reads it. */
export interface Recording extends FormatReading {
  readonly format: RecordingFormat
}

/**
 * Reads a file of recordings by its content, whatever its name.
 * @returns `undefined` where it is whole, but no recording
 * @throws FormatError where it cannot be read at all
 */
export function readRecording(bytes: Uint8Array): Recording | undefined {
  const text = decode(bytes)
  const isJson = /^\s*[{[]/.test(text)
  const limit = isJson ? MOST_BYTES.json : MOST_BYTES.yaml
  if (bytes.byteLength > limit) throw new FormatError(1, `it is larger than ${limit / 1024 / 1024} MiB. Split it`)
  refuseStrangers(text)
  const root = isJson ? readJsonNodes(text) : readYamlNodes(text)
  const format = RECORDING_FORMATS.find((one) => one.detect(root))
  if (format) return { format, ...format.read(root) }
  if (fieldOf(root, 'cassette') !== undefined) throw new FormatError(1, ALREADY_OURS)
  return undefined
}

const ALREADY_OURS = 'it is a cassette of openai-proxy already. Copy it, and name it with --replay'

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new FormatError(1, 'it is no UTF-8 text')
  }
}

/** What would only be told as bad YAML. */
function refuseStrangers(text: string): void {
  if (/^cassette: \d+$/m.test(text.slice(0, 1000))) throw new FormatError(1, ALREADY_OURS)
  if (
    /^\s*(?:(?:const|let|var)\s+nock\b|(?:module\.)?exports\b|nock\()/m.test(text.slice(0, 10_000)) &&
    /\bnock\s*\(/.test(text)
  ) {
    throw new FormatError(1, 'it is a program for nock. Record with output_objects: true, and save the list as JSON')
  }
}
