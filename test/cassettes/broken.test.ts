/** A cassette that a person, a merge or an editor broke: which file, which line, which field, and what to do. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { HEADER_TEXT } from '../../src/cassettes/document.ts'
import { CassetteError } from '../../src/cassettes/interaction.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { formBody } from './body-samples.ts'
import { answerOf, chat, jsonRequest, makeInteraction, openFile, record } from './make-interaction.ts'

/** A cassette of two, with the second changed. */
async function opening(
  change: (text: string) => string
): Promise<{ readonly message: string; readonly lines: readonly string[] }> {
  await using folder = await temporaryFolder()
  const path = folder.file('tape.yaml')
  const form = {
    method: 'POST',
    url: 'https://api.openai.com/v1/audio/transcriptions',
    headers: [['content-type', 'multipart/form-data; boundary=B']] as const,
    body: formBody('B', [['Content-Disposition: form-data; name="model"', 'whisper-1']])
  }
  const answer = makeInteraction(form, 'data: a\n\n', {
    headers: [
      ['content-type', 'text/event-stream'],
      ['x-request-id', 'req_1']
    ],
    trailers: [['x-end', 'yes']],
    timing: [3, 4]
  })
  await record(
    await openFile(path),
    makeInteraction(chat('one')),
    answer,
    makeInteraction(jsonRequest({ c: 1 }), Uint8Array.of(1, 2, 255))
  )
  const before = await readFile(path, 'utf8')
  const after = change(before)
  expect(after).not.toBe(before)
  await writeFile(path, after)
  const error = await openFile(path).then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  if (!(error instanceof CassetteError)) throw new Error(`it opened, or failed otherwise: ${String(error)}`)
  expect(error.code).toBe('cassette_broken')
  return { message: error.message, lines: after.split('\n') }
}

const HINT = 'Mend it by hand, or delete the document (from its "---" to the next) and record it again.'

describe('a broken document', () => {
  it.each([
    [
      'an unknown field',
      (text: string) => text.replace('  status: 200', '  state: 200\n  status: 200'),
      '  state: 200',
      'response.state: the format has no such field'
    ],
    [
      'an unknown field of a body',
      (text: string) => text.replace('    json:\n      c: 1', '    layot: spaced\n    json:\n      c: 1'),
      '    layot: spaced',
      'request.body.layot: the format has no such field'
    ],
    [
      'an unknown layout',
      (text: string) => text.replace('    json:\n      c: 1', '    layout: wide\n    json:\n      c: 1'),
      '    layout: wide',
      'request.body.layout: the words are spaced'
    ],
    [
      'a body of no form',
      (text: string) => text.replace('    sse: |+', '    stream: |+'),
      '  body:',
      'response.body: a body has one of json'
    ],
    [
      'a short event like none above',
      (text: string) => text.replace('    sse: |+\n', '    events: |+\n      .content "a"\n'),
      '  body:',
      'response.body: no event above has exactly one field of each name in the line .content "a"'
    ],
    [
      'a short event that cannot be read',
      (text: string) => text.replace('    sse: |+\n', '    events: |+\n      .content a b\n'),
      '  body:',
      'response.body: the line .content a b is no short event. Write each field that changes with its value as JSON'
    ],
    [
      'a body of two forms',
      (text: string) => text.replace('    json:\n      c: 1', '    text: x\n    json:\n      c: 1'),
      '  body:',
      'request.body: a body has one of json'
    ],
    [
      'a field that is missing',
      (text: string) =>
        text.replace('  method: POST\n  url: https://api.openai.com/v1/audio', '  url: https://api.openai.com/v1/audio'),
      'request:',
      'request.method: it is missing'
    ],
    [
      'a method in small letters',
      (text: string) => text.replaceAll('  method: POST', '  method: post'),
      '  method: post',
      'request.method: a method is in capitals'
    ],
    [
      'a URL without a host',
      (text: string) => text.replace('https://api.openai.com/v1/audio/transcriptions', '/v1/audio'),
      '  url: /v1/audio',
      'request.url: this is no whole URL'
    ],
    [
      'a status that is none',
      (text: string) => text.replace('status: 200', 'status: OK'),
      '  status: OK',
      'response.status: Invalid input: expected number'
    ],
    [
      'a header that is a number',
      (text: string) => text.replace('x-request-id: req_1', 'x-request-id: 17'),
      '    x-request-id: 17',
      'response.headers.x-request-id: a header is text, or a list of texts: put it in quotes'
    ],
    [
      'a part without headers',
      (text: string) => text.replace(/ {8}- headers:\n.*\n {10}text/, '        - text'),
      '        - text: whisper-1',
      'request.body.multipart.parts[0].headers: it is missing'
    ],
    [
      'a part of an unknown form',
      (text: string) => text.replace('text: whisper-1', 'txt: whisper-1'),
      '        - headers:',
      'request.body.multipart.parts[0]: a part has headers, and one of text, base64, file'
    ],
    [
      'base64 that is cut off',
      (text: string) => text.replace('base64: AQL/', 'base64: AQL'),
      '    base64: AQL',
      'response.body.base64: this is not whole base64'
    ],
    [
      'times that are none',
      (text: string) => text.replace('timing: 3 +4\n', 'timing: 3, 4\n').replace('req_1', 'req_2'),
      '  timing: 3, 4',
      'response.timing: times are written like 312 +29 +9x12'
    ],
    [
      'a JSON alias',
      (text: string) => text.replace('      c: 1', '      b: &x 1\n      c: *x'),
      '  body:',
      'request.body: write the value out where "*x" stands'
    ],
    [
      'a number that JSON has not',
      (text: string) => text.replace('      c: 1', '      c: .nan'),
      '  body:',
      'request.body: JSON has no number .nan'
    ],
    [
      'a field that stands twice',
      (text: string) => text.replace('      c: 1', '      c: 1\n      c: 2'),
      '      c: 2',
      'this field stands twice'
    ],
    ['a quote that is not closed', (text: string) => text.replace('c: 1', 'c: "1'), '', 'Missing closing "quote'],
    ['a tab for spaces', (text: string) => text.replace('      c: 1', '\t\tc: 1'), '', 'Tabs'],
    [
      'a merge conflict',
      (text: string) => text.replace('  status: 200\n', '<<<<<<< HEAD\n  status: 200\n=======\n  status: 500\n>>>>>>> theirs\n'),
      '',
      '(it holds the marks of a merge conflict)'
    ],
    [
      'a list for a document',
      (text: string) => text.replace(/---\nkey[^]*?\n---/, '---\n- a\n---'),
      '- a',
      'a document must have key, request, response and recorded'
    ]
  ])('tells of %s: the line and the field', async (_what, change, line, what) => {
    const { message, lines } = await opening(change)
    expect(message).toContain(what)
    expect(message.endsWith(HINT)).toBe(true)
    const [, number] = /^The cassette tape\.yaml cannot be read at line (\d+): /.exec(message)!
    if (line !== '') expect(lines[Number(number) - 1]).toBe(line)
  })

  it('tells no value of the document, and stays short', async () => {
    const secret = 'canary' + 'x'.repeat(20)
    const { message } = await opening((text) => text.replace('status: 200', `status: ${secret}`))
    expect(message).not.toContain(secret)
    const long = await opening((text) => text.replace('x-request-id: req_1', `${'k'.repeat(900)}: 17`))
    expect(long.message.length).toBeLessThan(600)
  })

  it('does not keep the others from being played, where only its times or date are broken', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(await openFile(path), makeInteraction(chat('one')), makeInteraction(chat('two')))
    await writeFile(path, (await readFile(path, 'utf8')).replace('timing: 12', 'timing: soon'))
    const tape = await openFile(path)
    expect(await answerOf(tape, chat('two'))).toBe('{"ok":true}')
    await expect(tape.take(chat('one'))).rejects.toThrow(/at line \d+: response\.timing: times are written like/)
  })
})

describe('a broken header', () => {
  it.each([
    [
      'another version',
      (text: string) => text.replace('cassette: 1', 'cassette: 2'),
      'it is of version 2, and this openai-proxy reads version 1. Update openai-proxy.'
    ],
    [
      'no version',
      (text: string) => text.replace('cassette: 1', 'cassette: new'),
      'its first document must begin with "cassette: 1"'
    ],
    [
      'an unknown field',
      (text: string) => text.replace('cassette: 1', 'cassette: 1\nname: x'),
      'at line 4: name: the format has no such field. Mend it by hand.'
    ],
    [
      'a place that is none',
      (text: string) => text.replace('cassette: 1', 'cassette: 1\nignore:\n  - metadata.run_id\n  - messages[x]'),
      'at line 6: ignore[1]: "messages[x]" is no place in a request: it goes wrong at character 9; write messages[0].content'
    ],
    [
      'a normaliser that is none',
      (text: string) => text.replace('cassette: 1', 'cassette: 1\nnormalise: [guid]'),
      'at line 4: normalise[0]: "guid" is no normaliser: the names are uuid, iso-date'
    ],
    [
      'a list that is none',
      (text: string) => text.replace('cassette: 1', 'cassette: 1\nignore: metadata.run_id'),
      'at line 4: ignore: write a list of places, such as [metadata.run_id]'
    ],
    [
      'a fault that is none',
      (text: string) => text.replace('cassette: 1', 'cassette: 1\nfaults:\n  - stall\n  - {status: 200}'),
      'at line 6: faults[1]: status: it is no error: write one from 400 to 599'
    ],
    [
      'an unknown word',
      (text: string) => text.replace('cassette: 1', 'cassette: 1\nrepeat: never'),
      'at line 4: repeat: it is one of last, error, cycle'
    ],
    ['none', (text: string) => text.replace(`${HEADER_TEXT}---\n`, ''), 'its first document must begin with "cassette: 1"'],
    ['another format', () => 'interactions:\n- request: {}\nversion: 1\n', 'Or it is no cassette'],
    ['no YAML at all', () => '{"log": ', 'at line 1: ']
  ])('%s', async (_what, change, what) => {
    const { message } = await opening(change)
    expect(message).toContain('The cassette tape.yaml cannot be read')
    expect(message).toContain(what)
  })
})

describe('a file that cannot be read', () => {
  it('is no UTF-8', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(await openFile(path), makeInteraction(chat('Grüße')), makeInteraction(chat('two')))
    await writeFile(path, await readFile(path, 'utf8'), 'latin1')
    await expect(openFile(path)).rejects.toThrow(
      `The cassette tape.yaml cannot be read at line 5: it is no UTF-8 text. Save it as UTF-8, or record it again.`
    )
  })

  it('is a folder', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('tape.yaml'))
    await expect(openFile(folder.file('tape.yaml'))).rejects.toThrow('it is a folder. Name a file in it.')
  })

  it('has a name that no system takes', async () => {
    await using folder = await temporaryFolder()
    await expect(openFile(folder.file(`${'x'.repeat(300)}.yaml`))).rejects.toThrow('its name is too long. Name another.')
  })
})
