/** Recordings that end together are written under one lock, in their order, and each fails by itself. */
import { expect, it } from 'vitest'
import { openCassetteFile } from '../../src/cassettes/cassette-file.ts'
import { createFileStore } from '../../src/cassettes/file-store.ts'
import type { CassetteStore } from '../../src/cassettes/store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chat, makeInteraction } from './make-interaction.ts'

it('recordings of one turn share a lock, and one that fails takes no other with it', async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('tape.yaml')
  const own = createFileStore(path)
  let [locks, appended] = [0, 0]
  const store: CassetteStore = {
    ...own,
    write: (task) => {
      locks += 1
      return own.write((writer) =>
        task({
          ...writer,
          append: async (...given) => {
            appended += 1
            if (appended === 2) throw new Error('no room')
            await writer.append(...given)
          }
        })
      )
    }
  }
  const file = await openCassetteFile({ store, name: path, report: () => undefined })
  const names = ['one', 'two', 'three', 'four']
  const settled = await Promise.allSettled(names.map((name) => file.append(makeInteraction(chat(name), '{}'), () => undefined)))
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(locks).toBe(1)
  const said = file.entries.map((entry) => Buffer.from(file.read(entry).request.body).toString())
  expect(said.map((body) => names.find((name) => body.includes(`"${name}"`)))).toEqual(['one', 'three', 'four'])
})
