/** Lets the reader of a streamed answer leave, although MSW holds a clone of it. */

/** What writes the clones. */
type Copies = Set<ReadableStreamDefaultController<Uint8Array>>

/**
 * MSW clones every answer for its events and its log, and a stream that was cloned ends only when both readers have left: whoever breaks
 * off would wait for ever, and the upstream would never hear of it. Here the first reader is the one who counts. A clone gets what
 * that one reads, and ends with it.
 */
export function leavable(response: Response): Response {
  if (!response.body) return response
  const copies: Copies = new Set()
  const body = shared(response.body.getReader(), copies)
  const copy = (): ReadableStream<Uint8Array> => copyInto(copies)
  // Node's clone() asks the stream for two, a browser's asks nobody.
  Object.assign(body, { tee: () => [body, copy()] })
  const shown = new Response(body, response)
  return Object.assign(shown, { clone: () => new Response(copy(), response) })
}

/** What the first reader reads. */
function shared(source: ReadableStreamDefaultReader<Uint8Array>, copies: Copies): ReadableStream<Uint8Array> {
  const endCopies = (): void => {
    for (const copy of copies) copy.close()
    copies.clear()
  }
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await source.read().catch((error: unknown) => {
          endCopies()
          throw error
        })
        if (done) {
          controller.close()
          return endCopies()
        }
        controller.enqueue(value)
        for (const copy of copies) copy.enqueue(value.slice())
      },
      async cancel(reason) {
        endCopies()
        await source.cancel(reason)
      }
    },
    { highWaterMark: 0 }
  )
}

function copyInto(copies: Copies): ReadableStream<Uint8Array> {
  let own: ReadableStreamDefaultController<Uint8Array>
  return new ReadableStream({
    start(controller) {
      own = controller
      copies.add(controller)
    },
    cancel: () => void copies.delete(own)
  })
}
