/** Canaries look like keys, and are found again however they are written down. */
import { describe, expect, it } from 'vitest'
import { canary, CANARY_KINDS, findCanary } from './canary.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'

describe.each(CANARY_KINDS)('a canary of kind %s', (kind) => {
  const key = canary(kind)

  it('is the same each time, and another for another seed', () => {
    expect(canary(kind)).toBe(key)
    expect(canary(kind, 'b')).not.toBe(key)
    expect(key).toMatch(/^[\w-]{20,}$/)
  })

  it.each<[string, (key: string) => string | Uint8Array]>([
    ['plain', (text) => `{"key":"${text}"}`],
    ['cut in half', (text) => `${text.slice(0, text.length / 2)}", "rest`],
    ['its end', (text) => `…${text.slice(text.length / 2)}`],
    ['base64', (text) => Buffer.from(`user:${text}`).toString('base64')],
    ['base64 elsewhere', (text) => Buffer.from(`a:${text}:more`).toString('base64')],
    ['base64url', (text) => Buffer.from(`${text}>>>???`).toString('base64url')],
    ['hex', (text) => Buffer.from(text).toString('hex')],
    ['reversed', (text) => [...text].toReversed().join('')],
    ['JSON escapes', (text) => [...text].map((char) => String.raw`\u00${char.charCodeAt(0).toString(16)}`).join('')],
    ['percent escapes', (text) => [...text].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')],
    ['UTF-16', (text) => Buffer.from(text, 'utf16le')]
  ])('is found as %s', (_how, write) => {
    expect(findCanary(write(key), key)).not.toEqual([])
  })

  it('is not found where it is not', () => {
    expect(findCanary(`{"key":"[redacted]","other":"${canary(kind, 'b')}"}`, key)).toEqual([])
    expect(findCanary(key.slice(0, 8), key)).toEqual([])
  })
})

describe('a temporary folder', () => {
  it('is gone afterwards, also where it was made read-only', async () => {
    let path: string
    {
      await using folder = await temporaryFolder()
      path = folder.path
      await mkdir(folder.file('a', 'b'), { recursive: true })
      await writeFile(folder.file('a', 'b', 'c.txt'), 'x')
      await chmod(folder.file('a', 'b'), 0o500)
      await chmod(folder.path, 0o500)
    }
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })
})
