/** The schema that editors use is the one that is checked. */
import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { HEADER_TEXT, writeInteraction } from '../../src/cassettes/document.ts'
import { parseYaml } from '../../src/cassettes/parse-yaml.ts'
import { cassetteJsonSchema, interactionSchema, SCHEMA_URL } from '../../src/cassettes/schema.ts'
import { chanceBody, chanceHeaders } from './arbitraries.ts'
import { chat, makeInteraction } from './make-interaction.ts'
import { splitText } from './split-text.ts'
import { memoryFiles } from './test-format.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('the format', () => {
  it('has a JSON Schema in docs/, as it is now', () => {
    if (process.env['UPDATE_SCHEMA'])
      writeFileSync('docs/cassette.schema.json', `${JSON.stringify(cassetteJsonSchema(), null, 2)}\n`)
    expect(JSON.parse(read('docs/cassette.schema.json'))).toEqual(cassetteJsonSchema())
  })

  it('is what the recordings of this repository hold', () => {
    const { documents } = splitText(read('recordings/quickstart.yaml'))
    expect(documents.length).toBeGreaterThan(2)
    for (const { text } of documents) expect(interactionSchema.safeParse(parseYaml(text).toJS()).error).toBeUndefined()
  })

  it('is what docs/cassettes.md shows', () => {
    const examples = [...read('docs/cassettes.md').matchAll(/```yaml\n(# yaml-language-server[^]*?)```/g)].map(
      ([, text]) => text!
    )
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      const { documents, isWhole } = splitText(example)
      expect(isWhole).toBe(true)
      for (const { text } of documents) expect(interactionSchema.safeParse(parseYaml(text).toJS()).error).toBeUndefined()
    }
  })
})

describe('the JSON Schema, as an editor uses it', () => {
  const packageJson = JSON.parse(read('package.json')) as { readonly exports: Record<string, string>; readonly files: string[] }
  const isValid = new Ajv({ allErrors: true, formats: { uri: true, base64: true } }).compile(
    JSON.parse(read('docs/cassette.schema.json')) as object
  )

  /** What is wrong with a document. */
  function problems(text: string): string[] {
    return isValid(parseYaml(text).toJS()) ? [] : isValid.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)
  }

  it('is published with the package, where the first line of each cassette says', () => {
    const path = packageJson.exports['./cassette.schema.json']!
    expect(packageJson.files).toContain(path.slice(2))
    expect(SCHEMA_URL).toBe(`https://unpkg.com/openai-proxy${path.slice(1)}`)
    expect(HEADER_TEXT.split('\n')[0]).toBe(`# yaml-language-server: $schema=${SCHEMA_URL}`)
  })

  it('takes the header, and every document of what this repository keeps', () => {
    expect(problems(HEADER_TEXT)).toEqual([])
    for (const path of ['recordings/quickstart.yaml', 'fixtures/cassettes/version-1.yaml']) {
      const { header, documents } = splitText(read(path))
      for (const text of [header!, ...documents.map((document) => document.text)]) expect(problems(text), text).toEqual([])
    }
  })

  it('takes whatever the recorder writes', () => {
    fc.assert(
      fc.property(chanceBody, chanceBody, chanceHeaders, (request, response, headers) => {
        const type = (contentType: string | undefined): (readonly [string, string])[] =>
          contentType === undefined ? [] : [['content-type', contentType]]
        const interaction = makeInteraction(
          { ...chat('x'), headers: type(request.contentType), body: request.body },
          response.body,
          { headers: [...type(response.contentType), ...headers], trailers: headers, encoding: 'br', timing: [1, 2, 2, 0] }
        )
        expect(problems(writeInteraction(interaction, memoryFiles()))).toEqual([])
      }),
      { numRuns: 150 }
    )
  })

  const whole = writeInteraction(
    makeInteraction(chat('x'), 'data: a\n\n', { headers: [['content-type', 'text/event-stream']], trailers: [['x-end', '1']] }),
    memoryFiles()
  )

  it.each([
    ['an unknown field', (text: string) => text.replace('  status: 200', '  status: 200\n  color: red')],
    ['an unknown field of the document', (text: string) => `${text}more: 1\n`],
    ['a missing status', (text: string) => text.replace('  status: 200\n', '')],
    ['a status in words', (text: string) => text.replace('status: 200', 'status: ok')],
    ['a status beyond all', (text: string) => text.replace('status: 200', 'status: 20')],
    ['a method in small letters', (text: string) => text.replace('method: POST', 'method: post')],
    ['a header that is a number', (text: string) => text.replace('x-end: "1"', 'x-end: 1')],
    ['a body of no form', (text: string) => text.replace('sse: |', 'stream: |')],
    ['a body of two forms', (text: string) => text.replace('    sse: |', '    text: a\n    sse: |')],
    ['an unknown encoding', (text: string) => text.replace('  status: 200', '  status: 200\n  encoding: rot13')],
    ['times in words', (text: string) => text.replace('timing: 12', 'timing: soon')],
    ['a document without recorded', (text: string) => text.replace(/^recorded.*$/m, '')],
    ['another version', () => 'cassette: 2\n']
  ])('refuses %s', (_what, change) => {
    expect(problems(whole)).toEqual([])
    const broken = change(whole)
    expect(broken).not.toBe(whole)
    expect(problems(broken)).not.toEqual([])
  })
})
