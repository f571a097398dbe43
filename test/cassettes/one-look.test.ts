/** Requests that go on together look at the file once; who comes later sees what was changed meanwhile. */
import { appendFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { openCassetteFile } from '../../src/cassettes/cassette-file.ts'
import { createFileStore } from '../../src/cassettes/file-store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chat, makeInteraction } from './make-interaction.ts'

it('requests that go on step by step share one look at the file, and the next step looks again', async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('tape.yaml')
  const own = createFileStore(path)
  let looks = 0
  const store = { ...own, state: () => ((looks += 1), own.state()) }
  const file = await openCassetteFile({ store, name: path, report: () => undefined })
  await file.append(makeInteraction(chat('one'), '{}'), () => undefined)
  const together = Promise.resolve()
  const ask = async (): Promise<boolean> => {
    await together
    return file.isCurrent()
  }
  looks = 0
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([true, true, true])
  expect(looks).toBe(1)
  await appendFile(path, '# changed\n')
  expect(file.isCurrent()).toBe(false)
  expect(looks).toBe(2)
})
