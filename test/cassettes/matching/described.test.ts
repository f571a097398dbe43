/** A request is described once, carries that with it, and goes when nobody asks for it any more. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createMatchIndex, type MatchIndex } from '../../../src/cassettes/matching/match-index.ts'
import { compileRules, type MatchSettings } from '../../../src/cassettes/matching/rules.ts'
import { toBytes } from '../../../src/http/message.ts'
import { jsonRequest } from '../make-interaction.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void

const indexOf = (settings: MatchSettings = {}): MatchIndex =>
  createMatchIndex(compileRules(settings), {
    size: () => 0,
    isCurrent: () => true,
    request: () => Promise.reject(new Error('there is none')),
    async *requests() {},
    async *search() {}
  })

describe('a described request', () => {
  it('is described once by all cassettes without rules', () => {
    const request = jsonRequest({ input: 'hi' })
    expect(indexOf().describe(request)).toBe(indexOf().describe(request))
  })

  it('is described anew by each cassette with rules', () => {
    const request = jsonRequest({ input: 'hi', metadata: { run: 1 } })
    const plain = indexOf().describe(request)
    const ruled = indexOf({ ignore: ['metadata.run'] })
    expect(ruled.describe(request).exact.key).not.toBe(plain.exact.key)
    expect(ruled.describe(request)).toBe(ruled.describe(request))
    expect(indexOf().describe(request).exact.key).toBe(plain.exact.key)
  })

  it('is another one when something was changed in a copy of it', () => {
    const index = indexOf()
    const request = jsonRequest({ input: 'hi' })
    const before = index.describe(request)
    const changed = index.describe({ ...request, body: toBytes('{"input":"ho"}') })
    expect(changed.fileKey).not.toBe(before.fileKey)
    expect(index.describe({ ...request }).fileKey).toBe(before.fileKey)
  })

  it.each([{}, { ignore: ['metadata.run'] }])('is no burden to the collector of garbage, rules %j', (settings) => {
    const index = indexOf(settings)
    const old = (): number => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')!.space_used_size
    const ask = (number: number): void => void index.describe(jsonRequest({ number, input: `${number} `.repeat(2000) }))
    const many = (count: number): void => {
      for (let number = 0; number < count; number += 1) {
        ask(number)
        if (number % 20 === 0) collect({ type: 'minor' })
      }
    }
    many(200)
    const before = old()
    many(1000)
    // What is described takes ten kilobytes and more; held until all garbage is collected it would be as many megabytes.
    expect(old() - before).toBeLessThan(2 * 1024 * 1024)
  })
})
