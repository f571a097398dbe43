/** Reads a JSON answer whole before its headers are passed on, where that delays nothing: so its cost can stand among them. */
import { getHeader, isJsonType } from '../http/headers.ts'
import type { HttpResponse } from '../http/message.ts'
import type { Clock } from './ports.ts'

/** Most bytes that are held back. */
const MOST_BYTES = 1024 * 1024

/** Longest time that an answer is held back, in milliseconds: one that comes slowly is passed on as it comes. */
const MOST_MS = 1_000

/**
 * The answer with its whole body, where it is JSON, small and soon there; else as it would have been, nothing lost.
 * A body that breaks breaks for the client too.
 */
export async function readWhole(response: HttpResponse, clock: Pick<Clock, 'after'>): Promise<HttpResponse> {
  const { headers, body } = response
  const length = Number(getHeader(headers, 'content-length') ?? 0)
  if (body instanceof Uint8Array || !isJsonType(getHeader(headers, 'content-type')) || length > MOST_BYTES) return response
  return new Promise((resolve) => {
    const iterator = body[Symbol.asyncIterator]()
    const chunks: Uint8Array[] = []
    let size = 0
    let asked: Promise<IteratorResult<Uint8Array>>
    let isWaiting = true
    const ask = (): void => {
      asked = iterator.next()
      asked.then(take, broken)
    }
    const answer = (answered: HttpResponse): void => {
      isWaiting = false
      callOff()
      resolve(answered)
    }
    // A failure is told to whoever reads on.
    const passOn = (): void => answer({ ...response, body: goOn(chunks, asked, iterator) })
    const take = (result: IteratorResult<Uint8Array>): void => {
      if (!isWaiting) return
      if (result.done) return answer(whole(response, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
      chunks.push(result.value)
      size += result.value.byteLength
      ask()
      if (size > MOST_BYTES) passOn()
    }
    const broken = (): void => {
      if (isWaiting) passOn()
    }
    const callOff = clock.after(MOST_MS, passOn)
    ask()
  })
}

/** Trailers are kept where there are any: they need an answer that is sent in chunks. */
function whole({ status, headers, trailers }: HttpResponse, body: Uint8Array): HttpResponse {
  const pairs = trailers?.() ?? []
  return pairs.length > 0 ? { status, headers, body, trailers: () => pairs } : { status, headers, body }
}

async function* goOn(
  chunks: readonly Uint8Array[],
  asked: Promise<IteratorResult<Uint8Array>>,
  iterator: AsyncIterator<Uint8Array>
): AsyncIterable<Uint8Array> {
  let isOpen = true
  try {
    yield* chunks
    for (let result = await asked; !result.done; result = await iterator.next()) yield result.value
    isOpen = false
  } catch (error) {
    isOpen = false
    throw error
  } finally {
    if (isOpen) await iterator.return?.()
  }
}
