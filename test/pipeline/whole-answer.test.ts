/** A JSON answer is held until it is whole, so that its cost can be a header; what is slow, large or no JSON is not. */
import { describe, expect, it } from 'vitest'
import { EMPTY, type HeaderList, type HttpResponse } from '../../src/http/message.ts'
import { readWhole } from '../../src/pipeline/whole-answer.ts'

const JSON_TYPE: HeaderList = [['content-type', 'application/json']]

/** Time that passes when a test says so. */
function handClock(): { after(ms: number, task: () => void): () => void; pass(): void; readonly waits: number } {
  let pass = (): void => undefined
  let waits = 0
  return {
    after(_ms, task) {
      waits += 1
      pass = task
      return () => (waits -= 1)
    },
    pass: () => pass(),
    get waits() {
      return waits
    }
  }
}

async function* from(...chunks: readonly (string | Error)[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk
    yield Buffer.from(chunk)
  }
}

const answer = (body: HttpResponse['body'], headers = JSON_TYPE): HttpResponse => ({
  status: 200,
  headers,
  body,
  trailers: () => []
})

async function read({ body }: HttpResponse): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString()
  return text
}

describe('an answer of JSON', () => {
  it('that is soon there is whole, without a trailer that nobody sent, and no timer is left behind', async () => {
    const clock = handClock()
    const whole = await readWhole(answer(from('{"a"', ':1}')), clock)
    expect(whole.body).toEqual(Buffer.from('{"a":1}'))
    expect(whole.trailers).toBeUndefined()
    expect(clock.waits).toBe(0)
    expect((await readWhole({ ...answer(from('{}')), trailers: () => [['x-a', 'b']] }, clock)).trailers?.()).toEqual([
      ['x-a', 'b']
    ])
    expect((await readWhole(answer(from()), clock)).body).toEqual(Buffer.from(EMPTY))
  })

  it('that comes slowly is passed on as it comes', async () => {
    const clock = handClock()
    let go = (): void => undefined
    const open = new Promise<void>((resolve) => (go = resolve))
    async function* slow(): AsyncIterable<Uint8Array> {
      yield Buffer.from('{"a"')
      await open
      yield Buffer.from(':1}')
    }
    const reading = readWhole(answer(slow()), clock)
    await new Promise((resolve) => setTimeout(resolve, 5))
    clock.pass()
    const passed = await reading
    expect(passed.body).not.toBeInstanceOf(Uint8Array)
    const iterator = (passed.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    expect(Buffer.from((await iterator.next()).value!).toString()).toBe('{"a"')
    go()
    expect(Buffer.from((await iterator.next()).value!).toString()).toBe(':1}')
    expect((await iterator.next()).done).toBe(true)
  })

  it('that is larger than 1 MiB is passed on, whether its length is told or not, and lets go of the upstream when its reader leaves', async () => {
    const half = 'x'.repeat(600_000)
    const passed = await readWhole(answer(from(half, half, 'end')), handClock())
    expect(passed.body).not.toBeInstanceOf(Uint8Array)
    expect(await read(passed)).toBe(`${half}${half}end`)
    const told = answer(from('{}'), [...JSON_TYPE, ['content-length', '1048577']])
    expect(await readWhole(told, handClock())).toBe(told)
    let isLeft = false
    async function* large(): AsyncIterable<Uint8Array> {
      try {
        for (;;) yield Buffer.from(half)
      } finally {
        isLeft = true
      }
    }
    const left = await readWhole(answer(large()), handClock())
    for await (const _chunk of left.body as AsyncIterable<Uint8Array>) break
    expect(isLeft).toBe(true)
  })

  it('that breaks breaks for its reader, after what came of it', async () => {
    const broken = await readWhole(answer(from('{"a"', new Error('cut'))), handClock())
    const iterator = (broken.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    expect(Buffer.from((await iterator.next()).value!).toString()).toBe('{"a"')
    await expect(iterator.next()).rejects.toThrow('cut')
  })
})

it('anything else is left as it is', async () => {
  for (const type of ['text/event-stream', 'audio/mpeg', 'application/x-ndjson']) {
    const other = answer(from('x'), [['content-type', type]])
    expect(await readWhole(other, handClock())).toBe(other)
  }
})
