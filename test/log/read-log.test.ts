/** Reading a log back: its order, and what happens while it is written and put aside. */
import { rename, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { readLog, type LogLine } from '../../src/log/read-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const line = (id: string): string =>
  `${JSON.stringify({ time: '2026-11-23T09:00:00Z', id, provider: 'openai', source: 'tape', outcome: 'complete', request: {} })}\n`

async function ids(
  lines: AsyncIterable<{ readonly entry: { readonly id: string } | undefined }>
): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = []
  for await (const { entry } of lines) found.push(entry?.id)
  return found
}

it('gives the oldest file first, and the place of each line', async () => {
  await using folder = await temporaryFolder()
  const log = folder.file('a.log')
  await writeFile(log, line('4') + line('5'))
  await writeFile(`${log}.1`, line('3'))
  await writeFile(`${log}.2`, `${line('1')}\n${line('2')}`)
  await writeFile(`${log}.4`, line('not the log any more'))
  const found: LogLine[] = []
  for await (const one of readLog(log)) found.push(one)
  expect(found.map(({ entry }) => entry?.id)).toEqual(['1', '2', '3', '4', '5'])
  expect(found.map(({ file, line: at }) => [file, at])).toEqual([
    [`${log}.2`, 1],
    [`${log}.2`, 3],
    [`${log}.1`, 1],
    [log, 1],
    [log, 2]
  ])
  expect(await ids(readLog(log, { older: false }))).toEqual(['4', '5'])
})

it('takes each entry once, though the log is put aside while it is read', async () => {
  await using folder = await temporaryFolder()
  const log = folder.file('a.log')
  await writeFile(log, line('2') + line('3'))
  await writeFile(`${log}.1`, line('1'))
  const found: (string | undefined)[] = []
  for await (const { entry } of readLog(log)) {
    found.push(entry?.id)
    if (found.length > 1) continue
    await rename(`${log}.1`, `${log}.2`)
    await rename(log, `${log}.1`)
    await writeFile(log, line('later'))
  }
  expect(found).toEqual(['1', '2', '3'])
})

it('reads the older files where the log itself has just been put aside', async () => {
  await using folder = await temporaryFolder()
  await writeFile(folder.file('a.log.1'), line('1'))
  expect(await ids(readLog(folder.file('a.log')))).toEqual(['1'])
})

it('throws where there is no log, and where it is a folder', async () => {
  await using folder = await temporaryFolder()
  await expect(ids(readLog(folder.file('none.log')))).rejects.toThrow('ENOENT')
  await expect(ids(readLog(folder.path))).rejects.toThrow('EISDIR')
})
