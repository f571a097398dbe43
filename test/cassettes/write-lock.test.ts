/** One process writes at a time; a lock that was left behind holds nobody up. */
import { access, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { describe, expect, it, vi } from 'vitest'
import { whileLocked } from '../../src/cassettes/write-lock.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

describe('the lock of a cassette', () => {
  it('lets one task run at a time, and is gone afterwards', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    let running = 0
    const seen = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        whileLocked(path, async () => {
          running += 1
          await new Promise((resolve) => setTimeout(resolve, index % 3))
          expect(await readFile(`${path}.lock`, 'utf8')).toBe(`${process.pid} ${hostname()}\n`)
          running -= 1
          return running
        })
      )
    )
    expect(seen).toEqual(Array.from({ length: 12 }, () => 0))
    await expect(access(`${path}.lock`)).rejects.toThrow('ENOENT')
  })

  it('is given back by a task that fails', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await expect(whileLocked(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await whileLocked(path, () => Promise.resolve('next'))).toBe('next')
  })

  it.each([
    ['a process that is gone', `4194305 ${hostname()}\n`, 0],
    ['nobody, since its writer was killed at once', '', 2],
    ['a machine that is gone', '1 another-machine\n', 21],
    ['another thread of this process that is gone', `${process.pid} ${hostname()}\n`, 21]
  ])('of %s is taken over', async (_whose, text, age) => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await writeFile(`${path}.lock`, text)
    const time = Date.now() / 1000 - age
    await utimes(`${path}.lock`, time, time)
    const startedAt = Date.now()
    expect(await whileLocked(path, () => Promise.resolve('mine'))).toBe('mine')
    expect(Date.now() - startedAt).toBeLessThan(10_000)
  })

  it.each([
    ['a process that runs', `${process.ppid} ${hostname()}\n`],
    ['another machine', '1 another-machine\n'],
    ['another thread of this process', `${process.pid} ${hostname()}\n`]
  ])('of %s is waited for', async (_whose, text) => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await writeFile(`${path}.lock`, text)
    let isFree = false
    const waiting = whileLocked(path, () => Promise.resolve(isFree))
    await new Promise((resolve) => setTimeout(resolve, 100))
    isFree = true
    await rm(`${path}.lock`)
    expect(await waiting).toBe(true)
  })
})
