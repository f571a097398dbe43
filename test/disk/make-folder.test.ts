/** Folders are made with those above them, and an impossible one is an error at once. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/disk/make-folder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe('makeFolder', () => {
  it('makes what is missing, and leaves what is there', async () => {
    await using folder = await temporaryFolder()
    const deep = folder.file('a', 'b', 'c')
    makeFolder(deep)
    makeFolder(deep)
    expect(existsSync(deep)).toBe(true)
    makeFolder('/')
  })

  it('tells where a part of the path is a file', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('plain'), '')
    expect(() => makeFolder(folder.file('plain'))).toThrow(expect.objectContaining({ code: 'EEXIST' }))
    // Node 20 names what is in the way a folder that is none; newer ones a file that exists.
    expect(() => makeFolder(folder.file('plain', 'a', 'b'))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(ENOTDIR|EEXIST)$/) as string })
    )
  })

  it.runIf(existsSync('/proc/self'))('ends below a folder that takes none', () => {
    expect(() => makeFolder('/proc/openai-proxy/logs')).toThrow(/^ENOENT.*'\/proc\/openai-proxy'$/)
  })
})
