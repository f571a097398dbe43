/** Large bodies that are no text stand in files beside the cassette: whole, once, and nowhere else. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { binary, formBody } from './body-samples.ts'
import { answerOf, chat, jsonRequest, makeInteraction, openFile, record } from './make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

describe('a file beside the cassette', () => {
  const upload = jsonRequest(0, {
    headers: [['content-type', 'multipart/form-data; boundary=B']],
    body: formBody('B', [['Content-Disposition: form-data; name="file"; filename="a.mp3"', binary(90_000)]])
  })

  it('holds what is large and no text, once, and is read when it is asked for', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const audio = binary(65_537)
    await record(
      await openFile(path),
      makeInteraction(chat('a'), audio),
      makeInteraction(chat('b'), audio),
      makeInteraction(upload, '1')
    )
    expect(await readdir(folder.file('tape.files'))).toHaveLength(2)
    expect((await readFile(path)).byteLength).toBeLessThan(4000)
    const tape = await openFile(path)
    for (const name of ['a', 'b']) {
      const answer = await tape.take(chat(name))
      expect(answer.kind === 'hit' && Buffer.compare(answer.interaction.response.body, audio)).toBe(0)
    }
    expect(await answerOf(tape, upload)).toBe('1')
  })

  it('that is missing or changed is one clear error, and no concern of the others', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(await openFile(path), makeInteraction(chat('a'), binary(70_000)), makeInteraction(chat('b'), '1'))
    const [name] = await readdir(folder.file('tape.files'))
    const file = folder.file('tape.files', name!)
    const tape = await openFile(path)
    await writeFile(file, 'other')
    await expect(tape.take(chat('a'))).rejects.toThrow(
      `The cassette ${path} refers to tape.files/${name}, but it is not what was recorded. Restore the file, or record anew.`
    )
    await rm(file)
    await expect(tape.take(chat('a'))).rejects.toThrow(`refers to tape.files/${name}, but it is missing. Restore the file`)
    await mkdir(file)
    await expect(tape.take(chat('a'))).rejects.toThrow('but it cannot be read (EISDIR)')
    expect(await answerOf(tape, chat('b'))).toBe('1')
  })

  it('is found again when the cassette is renamed', async () => {
    await using folder = await temporaryFolder()
    await record(await openFile(folder.file('tape.yaml')), makeInteraction(chat('a'), binary(70_000)))
    await rename(folder.file('tape.yaml'), folder.file('other.yaml'))
    expect((await (await openFile(folder.file('other.yaml'))).take(chat('a'))).kind).toBe('hit')
  })

  it.each(['../tape.files/0123456789abcdef0123456789abcdef.bin', '/etc/passwd', 'tape.files/../../x', 'tape.files/x.bin', ''])(
    'is never looked for elsewhere: %s',
    async (name) => {
      await using folder = await temporaryFolder()
      const path = folder.file('tape.yaml')
      await record(await openFile(path), makeInteraction(chat('a'), binary(70_000)))
      await writeFile(path, (await readFile(path, 'utf8')).replace(/file: .*/, `file: ${JSON.stringify(name)}`))
      await expect(openFile(path)).rejects.toThrow(`refers to ${name}, but it must be called tape.files/DIGEST.bin`)
    }
  )

  it('of a request that was only asked for is not written', async () => {
    await using folder = await temporaryFolder()
    const tape = await openFile(folder.file('tape.yaml'))
    await record(tape, makeInteraction(chat('a')))
    const writing = record(tape, makeInteraction(chat('b'), binary(70_000)))
    expect((await tape.take(upload)).kind).toBe('miss')
    await writing
    expect((await tape.take(upload)).kind).toBe('miss')
    expect(await readdir(folder.file('tape.files'))).toHaveLength(1)
  })
})
