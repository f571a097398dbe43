/** One file into one cassette: the last look keeps out what redaction could not clean, and bounds hold over the whole file. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { importFile, type ImportedFile, type ImportLimits } from '../../src/commands/import-file.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import type { Redaction } from '../../src/redaction/redactor.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const vcr = (...items: readonly { readonly body: object; readonly headers?: object }[]): string => {
  const request = { method: 'GET', uri: 'https://api.openai.com/v1/models' }
  const interactions = items.map(({ body, headers = {} }) => ({ request, response: { status: { code: 200 }, headers, body } }))
  return JSON.stringify({ version: 1, interactions }, null, 1)
}

async function importText(
  folder: TemporaryFolder,
  text: string,
  redaction: Redaction,
  limits?: ImportLimits
): Promise<ImportedFile> {
  await writeFile(folder.file('in.json'), text)
  return importFile(folder.file('in.json'), {
    cassette: folder.file('out.yaml'),
    redaction,
    ...(limits ? { limits } : {}),
    now: Date.UTC(2026, 10, 25),
    progress: () => undefined
  })
}

it('leaves out what still holds a secret, and writes nothing of it', async () => {
  await using folder = await temporaryFolder()
  const redaction = createRedaction()
  const watchful: Redaction = {
    ...redaction,
    scan: (text) => (text.includes('hidden') ? [{ kind: 'openai-key', line: 9, encoding: 'base64' }] : [])
  }
  const text = vcr({ body: { string: 'one' } }, { body: { string: 'hidden' } }, { body: { string: 'three' } })
  const { exchanges, leftOut } = await importText(folder, text, watchful)
  expect(exchanges).toHaveLength(2)
  expect(leftOut).toEqual([{ line: 19, reason: 'it still holds what looks like a secret: openai-key in line 9 (base64)' }])
  const cassette = await readFile(folder.file('out.yaml'), 'utf8')
  expect(cassette.match(/text: .*/g)).toEqual(['text: one', 'text: three'])
})

it('makes no cassette where nothing came in', async () => {
  await using folder = await temporaryFolder()
  const { exchanges, leftOut } = await importText(folder, vcr({ body: { base64_string: '%' } }), createRedaction())
  expect([exchanges, leftOut.length]).toEqual([[], 1])
  await expect(stat(folder.file('out.yaml'))).rejects.toThrow('ENOENT')
})

it('bounds what a file unpacks to, not only each body', async () => {
  await using folder = await temporaryFolder()
  const zipped = (bytes: number): { body: object; headers: object } => ({
    body: { base64_string: gzipSync(Buffer.alloc(bytes, 'a')).toString('base64') },
    headers: { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' }
  })
  const text = vcr(zipped(7000), ...Array.from({ length: 9 }, () => zipped(6000)))
  const { exchanges, leftOut } = await importText(folder, text, createRedaction(), { body: 6400, file: 51_200 })
  expect(exchanges).toHaveLength(8)
  expect(leftOut.map(({ reason }) => reason)).toEqual([
    'the body of its answer is larger than 6400 bytes',
    'the body of its answer is larger than 3200 bytes'
  ])
})
