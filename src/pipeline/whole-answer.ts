/** Reads a JSON answer whole before its headers are passed on, where that delays nothing: so its cost can stand among them. */
import { getHeader, isJsonType } from '../http/headers.ts'
import type { HttpResponse } from '../http/message.ts'
import type { Clock } from './ports.ts'

/** Why nobody waits any more; an error, with its stack, would cost more than all of the waiting. */
const NO_MORE = 'answered'

/** Most bytes that are held back. */
const MOST_BYTES = 1024 * 1024

/** Longest time that an answer is held back, in milliseconds: one that comes slowly is passed on as it comes. */
const MOST_MS = 1_000

/**
 * The answer with its whole body, where it is JSON, small and soon there; else as it would have been, nothing lost.
 * A body that breaks breaks for the client too.
 */
export async function readWhole(response: HttpResponse, clock: Pick<Clock, 'sleep'>): Promise<HttpResponse> {
  const { headers, body } = response
  const length = Number(getHeader(headers, 'content-length') ?? 0)
  if (body instanceof Uint8Array || !isJsonType(getHeader(headers, 'content-type')) || length > MOST_BYTES) return response
  const iterator = body[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  const waiting = new AbortController()
  const late = clock.sleep(MOST_MS, waiting.signal).then(
    () => 'late' as const,
    () => 'late' as const
  )
  try {
    for (let size = 0; ;) {
      const next = iterator.next()
      // A failure is told to whoever reads on.
      const result = await Promise.race([next.catch(() => 'broken' as const), late])
      if (typeof result === 'string') return { ...response, body: goOn(chunks, next, iterator) }
      if (result.done) return whole(response, Buffer.concat(chunks))
      chunks.push(result.value)
      size += result.value.byteLength
      if (size > MOST_BYTES) return { ...response, body: goOn(chunks, undefined, iterator) }
    }
  } finally {
    waiting.abort(NO_MORE)
  }
}

/** Trailers are kept where there are any: they need an answer that is sent in chunks. */
function whole({ trailers, ...response }: HttpResponse, body: Uint8Array): HttpResponse {
  const pairs = trailers?.() ?? []
  return { ...response, body, ...(pairs.length > 0 ? { trailers: () => pairs } : {}) }
}

async function* goOn(
  chunks: readonly Uint8Array[],
  asked: Promise<IteratorResult<Uint8Array>> | undefined,
  iterator: AsyncIterator<Uint8Array>
): AsyncIterable<Uint8Array> {
  let isOpen = true
  try {
    yield* chunks
    for (let result = await (asked ?? iterator.next()); !result.done; result = await iterator.next()) yield result.value
    isOpen = false
  } catch (error) {
    isOpen = false
    throw error
  } finally {
    if (isOpen) await iterator.return?.()
  }
}
