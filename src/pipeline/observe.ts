/** Passes a body on chunk by chunk, untouched, and tells what happens to it, exactly once at its end. */
import type { CancelSignal } from '../http/cancel.ts'
import { ProxyClosing } from './running.ts'

/** What is told. */
export interface Observer {
  /** Bytes that are about to be passed on. */
  chunk(bytes: Uint8Array): void
  /** The body is whole, or the client left. */
  ended(how: 'complete' | 'aborted'): void
  /** The body broke, or the proxy closes. Bytes given back are passed on as its end; none: the client sees it break. */
  broke(error: unknown): Uint8Array | undefined
}

/** How a body ended early: why, and what is still to be passed on. */
interface Break {
  readonly error: unknown
  readonly lastWords: Uint8Array | undefined
  told: boolean
}

const END = { done: true, value: undefined } as const

/**
 * @param length the body's length where it is known: its end is then told before the last chunk is passed on, since a client
 *   that has counted the bytes waits for nothing more
 * @param signal aborted when the client leaves, or with {@link ProxyClosing}: that is told at once, whether anybody reads or not
 */
export function observeBody(
  body: AsyncIterable<Uint8Array>,
  observer: Observer,
  length: number | undefined,
  signal: CancelSignal
): AsyncIterable<Uint8Array> {
  let state: 'open' | 'complete' | 'aborted' | Break = 'open'
  let passed = 0
  const onAbort = (): void => (signal.reason instanceof ProxyClosing ? breakOff(signal.reason) : end('aborted'))
  function end(how: 'complete' | 'aborted'): void {
    if (state !== 'open') return
    state = how
    signal.removeEventListener('abort', onAbort)
    observer.ended(how)
  }
  function breakOff(error: unknown): void {
    if (state !== 'open') return
    signal.removeEventListener('abort', onAbort)
    state = { error, lastWords: observer.broke(error), told: false }
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  if (length === 0) end('complete')

  const iterator = body[Symbol.asyncIterator]()
  async function pass(): Promise<IteratorResult<Uint8Array, undefined>> {
    const result = await iterator.next()
    if (typeof state === 'object') return sayLast(state)
    if (result.done) {
      end('complete')
      return END
    }
    passed += result.value.byteLength
    if (state === 'open') observer.chunk(result.value)
    if (passed === length) end('complete')
    return result
  }
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (typeof state === 'object') return sayLast(state)
        try {
          return await pass()
        } catch (error) {
          if (state === 'complete') return END
          breakOff(error)
          if (typeof state === 'object') return sayLast(state)
          throw error
        }
      },
      async return() {
        end('aborted')
        await iterator.return?.()
        return END
      }
    })
  }
}

function sayLast(broken: Break): IteratorResult<Uint8Array, undefined> {
  if (broken.told) return END
  broken.told = true
  if (broken.lastWords === undefined) throw broken.error
  return { done: false, value: broken.lastWords }
}
