/** A miss explains itself: the recording most like the request, and what differs. */
import { describe, expect, it, vi } from 'vitest'
import type { Difference, RecordedRequest } from '../../src/cassettes/interaction.ts'
import { toBytes } from '../../src/http/message.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { binary, formBody } from './body-samples.ts'
import { chat, CHAT_URL, jsonRequest, makeInteraction, openFile, record } from './make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

/** What a cassette with these recordings says to a request. */
async function miss(
  recorded: readonly RecordedRequest[],
  wanted: RecordedRequest
): Promise<{ place: string; differences: readonly Difference[] }> {
  await using folder = await temporaryFolder()
  const path = folder.file('tape.yaml')
  await record(await openFile(path), ...recorded.map((request) => makeInteraction(request)))
  const tape = await openFile(path)
  expect(await tape.has(wanted)).toBe(false)
  const answer = await tape.take(wanted)
  if (answer.kind === 'hit') throw new Error('a hit')
  expect(answer.recorded).toBe(recorded.length)
  return answer.nearest!
}

const differences = async (recorded: RecordedRequest, wanted: RecordedRequest): Promise<readonly Difference[]> =>
  (await miss([recorded], wanted)).differences

const say = (...contents: readonly string[]): readonly object[] => contents.map((content) => ({ role: 'user', content }))
const request = (body: object, more: Partial<RecordedRequest> = {}): RecordedRequest =>
  jsonRequest({ model: 'gpt-4o', messages: say('Say hi'), ...body }, more)
const tool = (more: object): object => ({ tools: [{ type: 'function', function: { name: 'get_weather', ...more } }] })

describe('what differs', () => {
  it.each<readonly [string, RecordedRequest, RecordedRequest, readonly Difference[]]>([
    [
      'a changed message',
      request({}),
      request({ messages: say('Say ho') }),
      [{ path: 'messages[0].content', detail: 'Say [-hi-]{+ho+}' }]
    ],
    [
      'an additional message',
      request({}),
      request({ messages: say('Say hi', 'And bye') }),
      [{ path: 'messages[1]', detail: 'inserted user message "And bye"' }]
    ],
    [
      'a message that is gone',
      request({ messages: say('Say hi', 'And bye') }),
      request({}),
      [{ path: 'messages[1]', detail: 'user message "And bye" was recorded, and is missing now' }]
    ],
    ['another model', request({}), request({ model: 'gpt-5' }), [{ path: 'model', detail: 'recorded "gpt-4o", got "gpt-5"' }]],
    [
      'a tool that gained a field',
      request(tool({})),
      request(tool({ strict: true })),
      [{ path: 'tools[0].function.strict', detail: 'tool get_weather gained strict: true' }]
    ],
    [
      'another path',
      request({}),
      request({}, { url: 'https://api.openai.com/v1/responses' }),
      [
        {
          path: 'path',
          detail: 'recorded "https://api.openai.com/v1/chat/completions", got "https://api.openai.com/v1/responses"'
        }
      ]
    ],
    ['another method', request({}), request({}, { method: 'PUT' }), [{ path: 'method', detail: 'recorded "POST", got "PUT"' }]],
    [
      'another query',
      request({}),
      request({}, { url: `${CHAT_URL}?beta=true` }),
      [{ path: 'query.beta', detail: 'not recorded: "true"' }]
    ],
    [
      'another content type',
      request({}),
      request({}, { headers: [['content-type', 'text/plain']] }),
      [{ path: 'headers.content-type', detail: 'recorded "application/json", got "text/plain"' }]
    ],
    [
      'a long number',
      request({ seed: 1 }),
      jsonRequest(0, {
        body: toBytes('{"messages":[{"content":"Say hi","role":"user"}],"model":"gpt-4o","seed":12345678901234567890}')
      }),
      [{ path: 'seed', detail: 'recorded 1, got 12345678901234567890' }]
    ],
    ['a key that must be quoted', request({}), request({ 'a b': 1 }), [{ path: '["a b"]', detail: 'not recorded: 1' }]],
    [
      'an object for a text',
      request({}),
      request({ model: { id: 1 } }),
      [{ path: 'model', detail: 'recorded "gpt-4o", got {"id":1}' }]
    ]
  ])('%s', async (_what, recorded, wanted, expected) => {
    // Details come from canonical JSON; a value's place among its neighbours does not matter.
    expect(await differences(recorded, wanted)).toEqual(expected)
  })

  it('shows long texts from where they part', async () => {
    const long = 'The quick brown fox jumps over the lazy dog. '.repeat(20)
    const [one] = await differences(chat(`${long}It is Monday.`), chat(`${long}It is Sunday.`))
    expect(one).toEqual({
      path: 'messages[0].content',
      detail: '…the lazy dog. It is [-Monday-]{+Sunday+}.'
    })
    const [other] = await differences(chat(`${'x'.repeat(5000)}1`), chat(`${'x'.repeat(5000)}2`))
    expect(other!.detail).toBe(`recorded "…${'x'.repeat(24)}1", got "…${'x'.repeat(24)}2"`)
  })

  it('says so where a body is no JSON any more, or is bytes', async () => {
    const type = { headers: [['content-type', 'text/plain']] as const }
    expect(await differences(jsonRequest({}, type), jsonRequest(0, { ...type, body: toBytes('Hello') }))).toEqual([
      { path: 'body', detail: 'recorded {}, got "Hello"' }
    ])
    const [bytes] = await differences(
      jsonRequest(0, { ...type, body: binary(300) }),
      jsonRequest(0, { ...type, body: binary(301) })
    )
    expect(bytes!.detail).toMatch(/^recorded "sha256:[0-9a-f]+…?"?…?, got "sha256:/)
  })

  it('names the part of a form', async () => {
    const form = (boundary: string, model: string): RecordedRequest =>
      jsonRequest(0, {
        headers: [['content-type', `multipart/form-data; boundary=${boundary}`]],
        body: formBody(boundary, [['Content-Disposition: form-data; name="model"', model]])
      })
    expect(await differences(form('A', 'whisper-1'), form('B', 'whisper-2'))).toEqual([
      { path: 'parts[0].content', detail: 'recorded "whisper-1", got "whisper-2"' }
    ])
  })

  it('tells at most five, none of them long', async () => {
    const fields = (from: number): object =>
      Object.fromEntries(
        Array.from({ length: 50 }, (_, index) => [
          `${'long key '.repeat(90)}${index}`,
          { text: `${from}${'value '.repeat(500)}` }
        ])
      )
    const found = await differences(request(fields(1)), request(fields(2)))
    expect(found).toHaveLength(5)
    for (const { path, detail } of found) expect(path.length + detail.length).toBeLessThan(400)
  })

  it('does not count the numbers of placeholders', async () => {
    expect(await differences(chat('<openai-key:1> Say hi'), chat('<openai-key:2> Say ho'))).toEqual([
      { path: 'messages[0].content', detail: '<openai-key> Say [-hi-]{+ho+}' }
    ])
  })
})

describe('what differs in lists', () => {
  const five = ['system one', 'two is here', 'three is here', 'four is here', 'five is here']
  const told = async (before: object, after: object): Promise<string[]> =>
    (await differences(request(before), request(after))).map(({ path, detail }) => `${path}: ${detail}`)
  const tools = (...names: readonly string[]): object => ({
    tools: names.map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }))
  })

  it('a message that came in between is one thing, and not everything behind it', async () => {
    expect(
      await told({ messages: say(...five) }, { messages: say(...five.slice(0, 2), 'brand-new words', ...five.slice(2)) })
    ).toEqual(['messages[2]: inserted user message "brand-new words"'])
  })

  it('two that left, and one that changed', async () => {
    expect(await told({ messages: say(...five) }, { messages: say('system one', 'two is there', 'five is here') })).toEqual([
      'messages[1].content: two is [-here-]{+there+}',
      'messages[2]: user message "three is here" was recorded, and is missing now',
      'messages[3]: user message "four is here" was recorded, and is missing now'
    ])
  })

  it('a message of another role is another message', async () => {
    const one = [{ role: 'system', content: 'Be kind to all' }]
    expect(await told({ messages: one }, { messages: [{ role: 'developer', content: 'Be kind to all' }] })).toEqual([
      'messages[0]: system message "Be kind to all" was recorded, and is missing now',
      'messages[0]: inserted developer message "Be kind to all"'
    ])
  })

  it('a tool by its name, wherever it stands', async () => {
    const before = tools('get_weather', 'get_time')
    const after = {
      tools: [{ type: 'function', function: { name: 'other', parameters: {} } }, ...(before as { tools: object[] }).tools]
    }
    expect(await told(before, after)).toEqual(['tools[0]: inserted function other'])
    expect(await told(tools('a', 'b'), tools('b', 'a'))).toEqual([
      'tools: the same 2 in another order: recorded function a, function b, got function b, function a'
    ])
    expect(
      await told(tool({ description: 'Tells the weather of a town' }), tool({ description: 'Tells the weather of a city' }))
    ).toEqual(['tools[0].function.description: tool get_weather: Tells the weather of a [-town-]{+city+}'])
    expect(await told(tool({ strict: true }), tool({}))).toEqual(['tools[0].function.strict: tool get_weather lost strict: true'])
  })

  it('a field that came in many places is one thing', async () => {
    const parts = (more: object): object => ({
      messages: ['a', 'b', 'c'].map((text) => ({ role: 'user', content: [{ type: 'text', text, ...more }] }))
    })
    expect(await told(parts({}), parts({ cache_control: { type: 'ephemeral' } }))).toEqual([
      'messages[0].content[0].cache_control: not recorded, the client or its SDK added it: {"type":"ephemeral"} (in 3 places)'
    ])
  })

  it('a text that became a list of parts is the same text', async () => {
    expect(await told({}, { messages: [{ role: 'user', content: [{ type: 'text', text: 'Say hi' }] }] })).toEqual([
      'messages[0].content: the same text, recorded as a text, got as a list of parts'
    ])
  })

  it('what came in is told with its ids, and ids alone are no difference', async () => {
    const turn = (id: string, more: object = {}): object => ({
      ...more,
      messages: [{ role: 'tool', tool_call_id: id, content: 'x' }]
    })
    expect(await told(turn('call_aaaaaaaa1'), turn('call_bbbbbbbb2', { user: 'user-8f3a91bc' }))).toEqual([
      'user: not recorded: "user-8f3a91bc"'
    ])
    const mention = (id: string, word: string): object => ({
      messages: [{ role: 'tool', tool_call_id: id, content: `of ${id} it ${word} now` }]
    })
    expect(await told(mention('call_aaaaaaaa1', 'is'), mention('call_bbbbbbbb2', 'was'))).toEqual([
      'messages[0].content: of <call id> it [-is-]{+was+} now'
    ])
  })

  it('what the model is asked comes before settings', async () => {
    const settings = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`a${index}`, index]))
    const found = await told({}, { ...settings, model: 'gpt-5', messages: say('Say ho') })
    expect(found.slice(0, 3)).toEqual([
      'model: recorded "gpt-4o", got "gpt-5"',
      'messages[0].content: Say [-hi-]{+ho+}',
      'a0: not recorded: 0'
    ])
    expect(found).toHaveLength(5)
  })

  it('of thousands of items does not take for ever', async () => {
    const items = (from: number): object => ({ input: Array.from({ length: 3000 }, (_, index) => `text ${index + from}`) })
    expect((await told(items(0), items(5))).length).toBe(5)
  })

  it('has nothing in it that steers a terminal, nor a line end', async () => {
    const [one] = await told({ messages: say('plain text here') }, { messages: say('plain \u001b[31mtext\n\u202ehere') })
    expect(one).toBe(String.raw`messages[0].content: plain [-text -]{+\u001b[31mtext\n\u202e+}here`)
  })
})

describe('which rules would make it fit', () => {
  const rules = async (before: RecordedRequest, after: RecordedRequest): Promise<unknown> => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(await openFile(path), makeInteraction(before))
    const answer = await (await openFile(path)).take(after)
    return answer.kind === 'miss' ? answer.nearest?.rules : 'a hit'
  }

  it('is told where what differs says nothing to the model', async () => {
    expect(await rules(request({ metadata: { run: 'a' } }), request({ metadata: { run: 'b' } }))).toEqual({
      ignore: ['metadata.run'],
      normalise: []
    })
    expect(
      await rules(request({ messages: say('It is 2026-11-24 now.') }), request({ messages: say('It is 2026-11-25 now.') }))
    ).toEqual({ ignore: [], normalise: ['iso-date in messages[0].content'] })
  })

  it('is not told where it does', async () => {
    for (const after of [request({ model: 'gpt-5' }), request({ messages: say('Say ho') }), request({ temperature: 1 })]) {
      expect(await rules(request({}), after)).toBeUndefined()
    }
  })
})

describe('which is nearest', () => {
  it('the one that differs in least, named by its line and its number', async () => {
    const recorded = [
      request({ model: 'a', messages: say('x'), temperature: 1 }),
      request({ temperature: 1 }),
      jsonRequest({}, { url: 'https://api.openai.com/v1/models' })
    ]
    const { place, differences: found } = await miss(recorded, request({ temperature: 2 }))
    expect(place).toBe(`tape.yaml:28 (interaction 2 of 3, POST ${CHAT_URL})`)
    expect(found).toEqual([{ path: 'temperature', detail: 'recorded 1, got 2' }])
  })

  it('one of the same path before one of the same body', async () => {
    const elsewhere = request({}, { url: 'https://api.openai.com/v1/responses' })
    const { place } = await miss([elsewhere, request({ model: 'a', messages: say('x', 'y'), temperature: 1 })], request({}))
    expect(place).toContain(`interaction 2 of 2, POST ${CHAT_URL}`)
  })

  it('of two that differ in one text, the one whose text is more alike', async () => {
    const { place } = await miss(
      [chat('Tell me a joke'), chat('What is the weather in Paris?'), chat('Bye')],
      chat('What is the weather in Rome?')
    )
    expect(place).toContain('interaction 2 of 3')
  })

  it('among hundreds, the one that shares most', async () => {
    const recorded = Array.from({ length: 200 }, (_, index) => request({ messages: say(`Question ${index}`, `More ${index}`) }))
    const { place, differences: found } = await miss(recorded, request({ messages: say('Question 150', 'Another') }))
    expect(place).toContain('interaction 151 of 200')
    expect(found).toEqual([{ path: 'messages[1].content', detail: 'recorded "More 150", got "Another"' }])
  })

  it('bounds an address of any length', async () => {
    const long = `https://api.openai.com/v1/files?a=${'x'.repeat(5000)}`
    const { place } = await miss([jsonRequest({}, { url: long })], chat('x'))
    expect(place.length).toBeLessThan(300)
  })
})
