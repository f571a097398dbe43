/** What every body form must do: `testFormat(form, samples)`. */
import { describe, expect, it } from 'vitest'
import { parseYaml } from '../../src/cassettes/parse-yaml.ts'
import type { BodyForm, SideFiles } from '../../src/cassettes/bodies/form.ts'
import { bodySchema } from '../../src/cassettes/schema.ts'
import { writeMap } from '../../src/cassettes/yaml-text.ts'
import { toBytes, toText } from '../../src/http/message.ts'

/** A body, and whether the form takes it as its own. */
export interface FormSample {
  readonly name: string
  readonly body: string | Uint8Array
  readonly contentType?: string
  /** @default 'same' */
  readonly expect?: 'same' | 'refused'
}

/** Side files that live in memory. */
export function memoryFiles(): SideFiles & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>()
  return {
    kept,
    keep(bytes) {
      const name = `tape.files/${kept.size.toString(16).padStart(32, '0')}.bin`
      kept.set(name, bytes)
      return name
    },
    read: (name) => kept.get(name)!
  }
}

/** The conformance suite of a form: every sample is written and read back byte for byte, at any depth, in one way only. */
export function testFormat(form: BodyForm, samples: readonly FormSample[]): void {
  describe(`the form ${form.name}`, () => {
    const taken = samples.filter((sample) => sample.expect !== 'refused')
    it.each(taken)('gives back: $name', ({ body, contentType }) => {
      const bytes = typeof body === 'string' ? toBytes(body) : body
      for (const depth of [0, 1, 5]) expect(roundTrip(form, bytes, contentType, depth)).toEqual(Buffer.from(bytes))
    })

    it.each(taken)('writes one text for one body: $name', ({ body, contentType }) => {
      expect(write(form, body, contentType)).toBe(write(form, body, contentType))
    })

    it.each(taken)('marks itself by its name, as the schema asks: $name', ({ body, contentType }) => {
      const document = parseYaml(write(form, body, contentType)!).toJS() as Record<string, unknown>
      expect(Object.keys(document)).toContain(form.name)
      expect(bodySchema.safeParse(document).error).toBeUndefined()
    })

    const refused = samples.filter((sample) => sample.expect === 'refused')
    it.each(refused)('leaves to others: $name', ({ body, contentType }) => {
      expect(write(form, body, contentType)).toBeUndefined()
    })
  })
}

function write(form: BodyForm, body: string | Uint8Array, contentType: string | undefined): string | undefined {
  const bytes = typeof body === 'string' ? toBytes(body) : body
  const written = form.write({ bytes, text: toText(bytes), contentType, files: memoryFiles() })
  return written && writeMap(written, '')
}

/** Writes a body so many maps deep, parses, and reads. */
function roundTrip(form: BodyForm, bytes: Uint8Array, contentType: string | undefined, depth: number): Uint8Array {
  const files = memoryFiles()
  let map = form.write({ bytes, text: toText(bytes), contentType, files })!
  for (let level = 0; level < depth; level += 1) map = new Map([['in', map]])
  const document = parseYaml(writeMap(map, ''))
  expect(document.errors).toEqual([])
  const path = Array.from({ length: depth }, () => 'in')
  const node = depth === 0 ? document.contents : document.getIn(path, true)
  const given = path.reduce(
    (value: Record<string, unknown>, name) => value[name] as Record<string, unknown>,
    document.toJS() as Record<string, unknown>
  )
  return Buffer.from(form.read({ body: bodySchema.parse(given), node: node as never, readFile: files.read }))
}
