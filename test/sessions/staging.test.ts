/** Recordings of sessions on their way to their cassette: whole, one at a time, and no placeholder for two secrets. */
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createFileStore } from '../../src/cassettes/file-store.ts'
import { openTape } from '../../src/cassettes/tape.ts'
import { whileLocked } from '../../src/cassettes/write-lock.ts'
import { stageCassette } from '../../src/sessions/staging.ts'
import { chat, makeInteraction, openFile, record } from '../cassettes/make-interaction.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A staged recording of some texts. */
async function stage(
  cassette: string,
  id: string,
  texts: readonly string[],
  replaces = false
): Promise<ReturnType<typeof stageCassette>> {
  const staging = stageCassette(cassette, id, replaces)
  const store = createFileStore(staging.file, cassette)
  await record(
    await openTape({ store, name: cassette, report: () => undefined }),
    ...texts.map((text) => makeInteraction(chat(text), large(text.split(' ')[0]!)))
  )
  return staging
}

/** Lies beside the cassette. */
const large = (text: string): Uint8Array => Buffer.concat([Buffer.from([0xff]), Buffer.alloc(70_000, text)])

describe('what two sessions record of one cassette', () => {
  it('is joined: each keeps what it says, and no placeholder stands for two secrets', async () => {
    await using folder = await temporaryFolder()
    const cassette = folder.file('a.yaml')
    const one = await stage(cassette, 's-1', ['one <openai-key:1>', 'two <openai-key:2>'])
    const other = await stage(cassette, 's-2', ['three <openai-key:1>', 'four <openai-key:1>', 'five <cookie:1>'])
    expect(await Promise.all([one.finish('passed'), other.finish('passed')])).toEqual([undefined, undefined])
    const text = await readFile(cassette, 'utf8')
    const numberOf = (word: string): string | undefined => new RegExp(`${word} (<[a-z-]+:\\d>)`).exec(text)?.[1]
    expect(numberOf('three')).toBe(numberOf('four'))
    expect(new Set(['one', 'two', 'three'].map(numberOf)).size).toBe(3)
    expect(numberOf('five')).toBe('<cookie:1>')
    const tape = await openFile(cassette)
    expect(tape.size).toBe(5)
    const answer = await tape.take(chat('four <openai-key:9>'))
    expect(answer.kind === 'hit' && Buffer.from(answer.interaction.response.body).equals(large('four'))).toBe(true)
    expect((await readdir(folder.path)).toSorted()).toEqual(['a.files', 'a.yaml'])
  })

  it('waits while another process writes to the cassette, to join and to replace', async () => {
    await using folder = await temporaryFolder()
    const cassette = folder.file('a.yaml')
    await record(await openFile(cassette), makeInteraction(chat('before')))
    for (const replaces of [false, true]) {
      const staging = await stage(cassette, 's-1', ['new'], replaces)
      let isFinished = false
      const finishing = await whileLocked(cassette, async () => {
        const ending = staging.finish('passed').then(() => (isFinished = true))
        await new Promise((done) => setTimeout(done, 200))
        expect(isFinished).toBe(false)
        expect((await openFile(cassette)).size).toBe(replaces ? 2 : 1)
        return { ending }
      })
      await finishing.ending
      expect((await openFile(cassette)).size).toBe(replaces ? 1 : 2)
    }
  })

  it('of a session that failed lies beside it', async () => {
    await using folder = await temporaryFolder()
    const cassette = folder.file('a.yaml')
    const staging = await stage(cassette, 's-1', ['new'])
    expect(await staging.finish('failed')).toBe(folder.file('a.failed.yaml'))
    expect((await readdir(folder.path)).includes('a.yaml')).toBe(false)
  })
})
