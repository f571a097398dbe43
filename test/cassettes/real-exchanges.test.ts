/** Every real exchange goes through a cassette byte for byte, and is found in it again. */
import { describe, expect, it } from 'vitest'
import { writeBody } from '../../src/cassettes/bodies/index.ts'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader, isJsonType, isSseType, mediaType } from '../../src/http/headers.ts'
import type { HeaderList } from '../../src/http/message.ts'
import { realExchanges, type RealExchange } from '../support/real-exchanges.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openFile, record } from './make-interaction.ts'
import { memoryFiles } from './test-format.ts'

const all = realExchanges()

/** As the recorder has it: without content encoding. */
function decoded({ headers, body }: { readonly headers: HeaderList; readonly body: Uint8Array }): Uint8Array {
  return decodeBody(body, getHeader(headers, 'content-encoding'), 64 * 1024 * 1024)
}

function toInteraction({ request, response }: RealExchange): Interaction {
  return {
    request: { method: request.method, url: request.url, headers: request.headers, body: decoded(request) },
    response: { status: response.status, headers: response.headers, body: decoded(response), timing: [5] },
    recorded: { at: '2026-11-24T09:00:00Z', ms: 5 }
  }
}

describe('real exchanges', () => {
  it('are there', () => {
    expect(all.length).toBeGreaterThan(100)
  })

  it('are read back from one cassette, in their order', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('real.yaml')
    await record(await openFile(path), ...all.map(toInteraction))
    const reports: string[] = []
    const tape = await openFile(path, reports)
    expect(reports).toEqual([])
    expect(tape.size).toBe(all.length)
    for (const exchange of all) {
      const wanted = toInteraction(exchange)
      const answer = await tape.take(wanted.request)
      if (answer.kind === 'miss') throw new Error(`${exchange.id} is a miss: ${JSON.stringify(answer.nearest)}`)
      const { request, response } = answer.interaction
      expect(Buffer.compare(response.body, wanted.response.body), `the answer of ${exchange.id}`).toBe(0)
      expect(response.status).toBe(wanted.response.status)
      expect(response.headers.toSorted()).toEqual(wanted.response.headers.toSorted())
      // Equal requests may differ in their bytes: key order, a boundary. The first of them is compared whole.
      expect(request.method).toBe(wanted.request.method)
    }
  })

  it('keep the bytes of their requests', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    for (const [index, exchange] of all.entries()) {
      if (exchange.request.body.byteLength === 0) continue
      const path = folder.file(`${index}.yaml`)
      const wanted = toInteraction(exchange)
      await record(await openFile(path), wanted)
      const answer = await (await openFile(path)).take(wanted.request)
      if (answer.kind === 'miss') throw new Error(`${exchange.id} is a miss`)
      expect(Buffer.compare(answer.interaction.request.body, wanted.request.body), `the request of ${exchange.id}`).toBe(0)
    }
  })

  it('are readable: JSON as JSON, streams as streams, forms as forms', { timeout: 60_000 }, () => {
    const hidden = all.flatMap(({ id, request, response }) =>
      [request, response].flatMap((message) => {
        const type = getHeader(message.headers, 'content-type')
        const form = isJsonType(type)
          ? 'json'
          : isSseType(type)
            ? 'sse'
            : mediaType(type) === 'multipart/form-data'
              ? 'multipart'
              : undefined
        const written = writeBody(decoded(message), type, memoryFiles())
        const isForm = written?.has(form ?? '') || (form === 'sse' && written?.has('events'))
        return form === undefined || written === undefined || isForm ? [] : [`${id}: ${[...written.keys()].join(' ')}`]
      })
    )
    expect(hidden).toEqual([])
  })
})
