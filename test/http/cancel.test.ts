/** A canceller tells those who listen, once, as an `AbortController` does. */
import { describe, expect, it } from 'vitest'
import { createCanceller, type CancelSignal, type Canceller } from '../../src/http/cancel.ts'

describe.each<[string, () => Canceller]>([
  ['a canceller', createCanceller],
  ['an AbortController', () => new AbortController()]
])('%s', (_name, create) => {
  it('tells every listener once, in their order, and knows why', () => {
    const canceller = create()
    const { signal }: { signal: CancelSignal } = canceller
    const told: string[] = []
    const left = (): void => void told.push('left')
    const third = (): void => void told.push('third')
    signal.addEventListener('abort', () => told.push('first'))
    signal.addEventListener('abort', left)
    signal.addEventListener('abort', () => signal.removeEventListener('abort', third), { once: true })
    signal.addEventListener('abort', third)
    signal.removeEventListener('abort', left)
    expect([signal.aborted, signal.reason]).toEqual([false, undefined])
    expect(() => signal.throwIfAborted()).not.toThrow()
    const why = new Error('why')
    canceller.abort(why)
    canceller.abort(new Error('later'))
    expect(told).toEqual(['first'])
    expect([signal.aborted, signal.reason]).toEqual([true, why])
    expect(() => signal.throwIfAborted()).toThrow(why)
    signal.addEventListener('abort', left)
    expect(told).toEqual(['first'])
  })

  it('has a reason where none is given', () => {
    const canceller = create()
    canceller.abort()
    expect(() => canceller.signal.throwIfAborted()).toThrow(expect.objectContaining({ name: 'AbortError' }))
  })
})
