/** Playing an interaction: its bytes, its encoding, and the times of its stream at the speed asked for. */
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { playInteraction, type PlaybackOptions } from '../../src/cassettes/playback.ts'
import { parseSpeed } from '../../src/cassettes/speed.ts'
import { getHeader } from '../../src/http/headers.ts'
import { toBytes, type HttpResponse } from '../../src/http/message.ts'
import { realExchange } from '../support/real-exchanges.ts'
import { chat, makeInteraction } from './make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

const SSE = { headers: [['content-type', 'text/event-stream']] } as const

/** A clock that only moves when somebody waits, or reads slowly; it notes how long was waited. */
function fakeClock(
  lateness = 0
): Pick<PlaybackOptions, 'now' | 'sleep'> & { readonly waits: number[]; advance(ms: number): void } {
  let time = 1000
  const waits: number[] = []
  return {
    waits,
    now: () => time,
    advance: (ms) => void (time += ms),
    sleep: async (ms, signal) => {
      signal.throwIfAborted()
      waits.push(ms)
      time += ms + lateness
    }
  }
}

function play(interaction: Interaction, options: Partial<PlaybackOptions> = {}): Promise<HttpResponse> {
  return playInteraction(interaction, {
    speed: 0,
    acceptEncoding: undefined,
    signal: new AbortController().signal,
    turn,
    ...fakeClock(),
    ...options
  })
}

/** The pieces of a body, as texts. */
async function pieces(response: HttpResponse | Promise<HttpResponse>): Promise<string[]> {
  const { body } = await response
  const texts: string[] = []
  for await (const bytes of body instanceof Uint8Array ? [body] : body) texts.push(Buffer.from(bytes).toString())
  return texts
}

describe('the speed of a stream', () => {
  const stream = makeInteraction(chat('a'), 'data: 1\n\ndata: 2\n\ndata: 3\n\nrest', { ...SSE, timing: [300, 20, 0, 40] })

  it.each([
    ['instant', []],
    ['recorded', [300, 20, 40]],
    ['2x', [150, 10, 20]],
    ['0.5x', [600, 40, 80]]
  ])('%s', async (speed, waits) => {
    const clock = fakeClock()
    const events = ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n', 'rest']
    expect(await pieces(play(stream, { ...clock, speed: parseSpeed(speed) }))).toEqual(
      speed === 'instant' ? [events.join('')] : events
    )
    expect(clock.waits).toEqual(waits)
  })

  it('does not drift: a late wait shortens the next', async () => {
    const clock = fakeClock(15)
    const long = makeInteraction(chat('a'), 'data: 1\n\n'.repeat(10), { ...SSE, timing: Array.from({ length: 10 }, () => 100) })
    await pieces(play(long, { ...clock, speed: 1 }))
    expect(clock.waits).toEqual([100, ...Array.from({ length: 9 }, () => 85)])
    expect(clock.now()).toBe(1000 + 10 * 100 + 15)
  })

  it('does not wait for what is overdue when the reader was slow', async () => {
    const clock = fakeClock()
    const iterator = ((await play(stream, { ...clock, speed: 1 })).body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    await iterator.next()
    clock.advance(1000)
    for (let next = await iterator.next(); !next.done; next = await iterator.next());
    expect(clock.waits).toEqual([300])
  })

  it.each([
    ['fewer times than events', [50], [50]],
    ['no times', [], []],
    ['more times than events', [1, 2, 3, 4, 5, 6], [1, 2, 3, 4]]
  ])('plays %s', async (_what, timing, waits) => {
    const clock = fakeClock()
    expect(await pieces(play({ ...stream, response: { ...stream.response, timing } }, { ...clock, speed: 1 }))).toHaveLength(4)
    expect(clock.waits).toEqual(waits)
  })

  it('waits with a body that is no stream until its last byte was there', async () => {
    const clock = fakeClock()
    const response = await play(makeInteraction(chat('a'), '{}', { timing: [100, 23] }), { ...clock, speed: 1 })
    expect(getHeader(response.headers, 'content-length')).toBe('2')
    expect(await pieces(response)).toEqual(['{}'])
    expect(clock.waits).toEqual([123])
  })

  it('gives a body that is no stream at once, as bytes', async () => {
    expect((await play(makeInteraction(chat('a'), '{}', { timing: [100] }))).body).toEqual(toBytes('{}'))
  })

  it('plays every byte of any stream', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('data: é\n\n', '\n', '\r', '\r\n', 'x'), maxLength: 30 }),
        fc.array(fc.nat(5)),
        async (text, timing) => {
          expect((await pieces(play(makeInteraction(chat('a'), text, { ...SSE, timing }), { speed: 1 }))).join('')).toBe(text)
        }
      ),
      { numRuns: 200 }
    )
  })

  it('plays a stream that is no UTF-8 event by event too', async () => {
    const response = await play(makeInteraction(chat('a'), Uint8Array.of(0xff, 10, 10, 0xfe), SSE), { speed: 1 })
    const chunks: number[][] = []
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) chunks.push([...bytes])
    expect(chunks).toEqual([[0xff, 10, 10], [0xfe]])
  })
})

describe('interim answers', () => {
  const hints = [
    { status: 103, headers: [['link', '</a>; rel=preload']], at: 40 },
    { status: 102, headers: [], at: 100 }
  ] as const
  const hinted = makeInteraction(chat('a'), 'data: 1\n\ndata: 2\n\n', { ...SSE, interim: hints, timing: [300, 20] })

  it.each([
    ['instant', []],
    ['recorded', [40, 60, 200, 20]],
    ['2x', [20, 30, 100, 10]]
  ])('come before the answer, %s', async (speed, waits) => {
    const clock = fakeClock()
    const told: unknown[] = []
    const inform: PlaybackOptions['inform'] = (interim) => void told.push(interim)
    const response = await play(hinted, { ...clock, speed: parseSpeed(speed), inform })
    expect(told).toEqual(hints.map(({ status, headers }) => ({ status, headers })))
    expect((await pieces(response)).join('')).toBe('data: 1\n\ndata: 2\n\n')
    expect(clock.waits).toEqual(waits)
  })

  it('take no time where nobody can be told', async () => {
    const clock = fakeClock()
    await pieces(play(hinted, { ...clock, speed: 1 }))
    expect(clock.waits).toEqual([300, 20])
  })
})

describe('a long stream', () => {
  const events = Array.from({ length: 1753 }, (_, index) => `data: ${index}\n\n`)
  const timing = events.map((_, index) => (index === 0 ? 400 : (index * 7) % 40))
  const long = makeInteraction(chat('a'), events.join(''), { ...SSE, timing })
  const whole = timing.reduce((sum, ms) => sum + ms, 0)

  it('takes its recorded time, to within 5 %, though every wait is late', async () => {
    const clock = fakeClock(3)
    const before = clock.now()
    expect(await pieces(play(long, { ...clock, speed: 1 }))).toEqual(events)
    const took = clock.now() - before
    expect(took / whole).toBeGreaterThan(0.95)
    expect(took / whole).toBeLessThan(1.05)
  })

  it('gives each event at its time, to within the lateness of one wait', async () => {
    const clock = fakeClock(3)
    const before = clock.now()
    const late: number[] = []
    let due = 0
    for await (const bytes of (await play(long, { ...clock, speed: 1 })).body as AsyncIterable<Uint8Array>) {
      due += timing[Number(/\d+/.exec(Buffer.from(bytes).toString())![0])]!
      late.push(clock.now() - before - due)
    }
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...late)).toBeLessThanOrEqual(3)
  })

  it('lets others have their turn when it plays without times', async () => {
    let turns = 0
    const counted = async (): Promise<void> => {
      turns += 1
      await turn()
    }
    const interaction = { ...long, response: { ...long.response, timing: [] } }
    expect(await pieces(play(interaction, { speed: 1, turn: counted }))).toHaveLength(1753)
    expect(turns).toBeGreaterThan(100)
  })

  it('comes at once in pieces that end with an event, between which others have their turn', async () => {
    const said = events.map((event) => `: a comment of sixty characters, so that the stream is long\n${event}`)
    const whole = said.join('').repeat(5)
    const stream = makeInteraction(chat('a'), whole, { ...SSE, timing })
    let [given, seen, most] = [0, 0, 0]
    const watch = (): void => {
      most = Math.max(most, given - seen)
      seen = given
      if (given < stream.response.body.byteLength) setImmediate(watch)
    }
    setImmediate(watch)
    const texts: string[] = []
    for await (const bytes of (await play(stream)).body as AsyncIterable<Uint8Array>) {
      given += bytes.byteLength
      texts.push(Buffer.from(bytes).toString())
    }
    watch()
    expect(texts.join('')).toBe(whole)
    expect(texts.length).toBeGreaterThan(7)
    expect(texts.filter((text) => !text.endsWith('\n\n'))).toEqual([])
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(64 * 1024)
    expect(most).toBeLessThanOrEqual(3 * 64 * 1024)
  })

  it('comes at once however long an event is', async () => {
    const event = `data: ${'x'.repeat(100_000)}\r\n\r\n`
    expect((await pieces(play(makeInteraction(chat('a'), event.repeat(3), { ...SSE, timing })))).join('')).toBe(event.repeat(3))
  })
})

describe('tokens in a second', () => {
  const said = (content: string, more: object = {}): string =>
    `data: ${JSON.stringify({ choices: [{ delta: { content } }], ...more })}\n\n`
  const usage = (completion_tokens: number, reasoning_tokens = 0): string =>
    `data: ${JSON.stringify({ choices: [], usage: { completion_tokens, completion_tokens_details: { reasoning_tokens } } })}\n\n`

  async function waitsOf(stream: string, speed: string, timing: readonly number[] = [250, 9999, 9999]): Promise<number[]> {
    const clock = fakeClock()
    await pieces(play(makeInteraction(chat('a'), stream, { ...SSE, timing }), { ...clock, speed: parseSpeed(speed) }))
    return clock.waits.map((ms) => Math.round(ms * 1000) / 1000)
  }

  it('are a token for every four characters, where the stream does not tell its own', async () => {
    expect(await waitsOf(said('Hi') + said('12345678') + said('1234') + said('') + 'data: [DONE]\n\n', '10 tokens/s')).toEqual([
      250, 200, 100
    ])
  })

  it("are the stream's own where it tells them, shared by characters", async () => {
    const stream = said('') + said('abc') + said('defghi') + usage(3) + 'data: [DONE]\n\n'
    expect(await waitsOf(stream, '2 tokens/s')).toEqual([250, 500, 1000])
  })

  it('leave out the reasoning that nobody sees', async () => {
    expect(await waitsOf(said('') + said('abc') + usage(103, 100), '1 token/s')).toEqual([250, 3000])
  })

  it('count what is said in tools, in thought and by Anthropic', async () => {
    const call = `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: '{"ab":1}' } }] } }] })}\n\n`
    const thought = `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'abcd' } })}\n\n`
    const end = `event: message_delta\ndata: ${JSON.stringify({ type: 'message_delta', usage: { output_tokens: 6 } })}\n\n`
    expect(await waitsOf(said('') + call + thought, '10 tokens/s')).toEqual([250, 200, 100])
    expect(await waitsOf(said('') + call + thought + end, '1 tokens/s')).toEqual([250, 4000, 2000])
  })

  it('leave the time of an answer that is no stream as it was recorded', async () => {
    const clock = fakeClock()
    await pieces(play(makeInteraction(chat('a'), '{}', { timing: [100, 23] }), { ...clock, speed: parseSpeed('5 tokens/s') }))
    expect(clock.waits).toEqual([123])
  })

  it('are the same in a whole real stream: as many seconds as its tokens ask for', async () => {
    const { response } = realExchange('test_openai_responses_thinking_part_iter.yaml#0')
    const clock = fakeClock()
    const stream = makeInteraction(chat('a'), response.body, { headers: response.headers, timing: [] })
    await pieces(play(stream, { ...clock, speed: parseSpeed('50 tokens/s') }))
    const { usage: told } = JSON.parse(
      /"usage":(\{"input_tokens".*?\}\s*,"total_tokens":\d+\})/
        .exec(Buffer.from(response.body).toString())![0]
        .replace('"usage":', '{"usage":') + '}'
    ) as {
      usage: { output_tokens: number; output_tokens_details: { reasoning_tokens: number } }
    }
    const tokens = told.output_tokens - told.output_tokens_details.reasoning_tokens
    expect(tokens).toBeGreaterThan(100)
    const took = clock.waits.reduce((sum, ms) => sum + ms, 0)
    expect(took / ((tokens / 50) * 1000)).toBeCloseTo(1, 1)
  })
})

describe('a client that leaves', () => {
  it('ends the wait it is in, and gets nothing more', async () => {
    const abort = new AbortController()
    const stream = makeInteraction(chat('a'), 'data: 1\n\ndata: 2\n\n', { ...SSE, timing: [0, 60_000] })
    const sleep: PlaybackOptions['sleep'] = async (_ms, signal) =>
      new Promise((_done, fail) => signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true }))
    const { body } = await play(stream, { speed: 1, sleep, signal: abort.signal })
    const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    await iterator.next()
    const second = iterator.next()
    await turn()
    abort.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('gets nothing more at once either', async () => {
    const abort = new AbortController()
    const { body } = await play(makeInteraction(chat('a'), 'data: 1\n\n'.repeat(30_000), SSE), { signal: abort.signal })
    const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    await iterator.next()
    abort.abort(new Error('gone'))
    await expect(iterator.next()).rejects.toThrow('gone')
  })
})

describe('reading a speed', () => {
  it.each([
    ['instant', 0],
    ['recorded', 1],
    ['2x', 2],
    ['0.25x', 0.25],
    [' Recorded ', 1],
    ['10X', 10],
    ['50 tokens/s', { tokensPerSecond: 50 }],
    ['0.5tokens/s', { tokensPerSecond: 0.5 }],
    ['1 Token/s', { tokensPerSecond: 1 }]
  ])('%s is %j', (text, speed) => {
    expect(parseSpeed(text)).toEqual(speed)
  })

  it.each(['', '2', 'x', '0x', '-1x', 'fast', '1e3x', 'Infinityx', '0 tokens/s', 'tokens/s', '5 tokens', '5/s'])(
    '"%s" is none',
    (text) => {
      expect(() => parseSpeed(text)).toThrow(
        `"${text}" is no speed. Use instant, recorded, a factor such as 2x or 0.5x, or tokens in a second such as "50 tokens/s".`
      )
    }
  )
})
