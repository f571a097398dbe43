/** What was used last stays, up to a size. */
import { describe, expect, it } from 'vitest'
import { createLru } from '../../src/http/lru.ts'

describe('an LRU cache', () => {
  it('forgets what was not used for the longest time', () => {
    const lru = createLru<string, number>(10)
    lru.set('a', 1, 4)
    lru.set('b', 2, 4)
    expect(lru.get('a')).toBe(1)
    lru.set('c', 3, 4)
    expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual([1, undefined, 3])
  })

  it('counts sizes, of a key that is set again once', () => {
    const lru = createLru<string, number>(10)
    for (let time = 0; time < 5; time += 1) lru.set('a', time, 5)
    lru.set('b', 9, 5)
    expect([lru.get('a'), lru.get('b')]).toEqual([4, 9])
    lru.set('c', 1, 6)
    expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual([undefined, undefined, 1])
  })

  it('keeps the last one, whatever its size', () => {
    const lru = createLru<string, number>(10)
    lru.set('a', 1, 3)
    lru.set('b', 2, 100)
    expect([lru.get('a'), lru.get('b')]).toEqual([undefined, 2])
    lru.set('c', 3, 3)
    expect([lru.get('b'), lru.get('c')]).toEqual([undefined, 3])
  })
})
