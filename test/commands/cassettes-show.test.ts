/** `openai-proxy cassettes show`: every API's shape as a person reads it. */
import { describe, expect, it } from 'vitest'
import { showInteractions } from '../../src/commands/cassettes-show.ts'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { jsonRequest, makeInteraction } from '../cassettes/make-interaction.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chatted, NOW, runIn, settings, streamed, writeCassette } from './tool-parts.ts'

async function show(interaction: Interaction, more: { short?: boolean; json?: boolean; columns?: number } = {}): Promise<string> {
  await using folder = await temporaryFolder()
  const file = folder.file('a.yaml')
  await writeCassette(file, interaction)
  const { out } = await runIn(
    (parts) => showInteractions([file], { short: more.short ?? false, json: more.json ?? false, now: NOW }, settings(), parts),
    more.columns === undefined ? {} : { terminal: { columns: more.columns, color: false } }
  )
  return out.replaceAll(file, 'a.yaml')
}

const image = `data:image/png;base64,${Buffer.alloc(3000).toString('base64')}`

it('a chat with tools, their results, an image and an answer, whole', async () => {
  const request = jsonRequest({
    model: 'gpt-4o',
    temperature: 0.2,
    tools: [{ type: 'function', function: { name: 'get_weather', parameters: {} } }],
    messages: [
      { role: 'system', content: 'Be brief.\nBe kind.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: image } }
        ]
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }]
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'rain' }
    ]
  })
  const answer = {
    choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'It rains.' } }],
    usage: { prompt_tokens: 1000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 200 } }
  }
  expect((await show(makeInteraction(request, JSON.stringify(answer)))).split('\n')).toEqual([
    'a.yaml:1  POST /v1/chat/completions · gpt-4o',
    '200 in 12 ms, first byte after 12 ms · recorded 2026-11-24 09:00 UTC (1d) · line 5',
    '',
    'tools     get_weather',
    'settings  temperature 0.2',
    '',
    'system',
    '  Be brief.',
    '  Be kind.',
    '',
    'user',
    '  What is this?',
    '  [image, image/png, 3.0 KB]',
    '',
    'assistant',
    '  → get_weather({"city":"Paris"})  call_1',
    '',
    'tool',
    '  ← result of call_1',
    '    rain',
    '',
    'assistant',
    '  It rains.',
    '',
    'finish    stop',
    'usage     1,000 in, 500 out (200 read from cache)',
    'cost      $0.007250',
    ''
  ])
})

it('a stream is joined, and its events are counted', async () => {
  const out = await show(streamed('Say hi', ['Hi', ' the', 're!']))
  expect(out).toContain('\nassistant\n  Hi there!\n')
  expect(out).toContain('events    6 events: role, content ×3, finish_reason, [DONE]')
})

describe('other shapes', () => {
  const url = (path: string): { url: string } => ({ url: `https://api.openai.com/v1/${path}` })

  it('Responses: items, calls, results and reasoning', async () => {
    const request = jsonRequest(
      {
        model: 'gpt-5',
        instructions: 'Be brief.',
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'Weather?' },
              { type: 'input_image', image_url: 'https://example.com/a.png' }
            ]
          },
          { type: 'reasoning', summary: [{ type: 'summary_text', text: 'I look it up.' }] },
          { type: 'function_call', call_id: 'call_9', name: 'get_weather', arguments: '{"city":"Rome"}' },
          { type: 'function_call_output', call_id: 'call_9', output: 'sun' }
        ],
        tools: [{ type: 'web_search' }, { type: 'function', name: 'get_weather' }]
      },
      url('responses')
    )
    const answer = {
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Sun.' }] }],
      usage: { input_tokens: 10, output_tokens: 5, output_tokens_details: { reasoning_tokens: 3 } }
    }
    const out = await show(makeInteraction(request, JSON.stringify(answer)))
    for (const part of [
      'tools     web_search, get_weather',
      'system\n  Be brief.',
      'user\n  Weather?\n  [image, https://example.com/a.png]',
      'assistant\n  (thinking) I look it up.',
      'assistant\n  → get_weather({"city":"Rome"})  call_9',
      'tool\n  ← result of call_9\n    sun',
      'assistant\n  Sun.',
      'finish    completed',
      '10 in, 5 out (3 reasoning)'
    ])
      expect(out).toContain(part)
  })

  it('Anthropic: system, thinking, tool_use and tool_result', async () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: Buffer.alloc(300).toString('base64') }
    const request = jsonRequest(
      {
        model: 'claude-sonnet-4-5',
        max_tokens: 100,
        system: [{ type: 'text', text: 'Be brief.' }],
        tools: [{ name: 'look', input_schema: {} }],
        messages: [
          {
            role: 'user',
            content: [
              { type: 'document', source },
              { type: 'text', text: 'Read.' }
            ]
          },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: { page: 1 } }] },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'page one' }] }]
          }
        ]
      },
      { url: 'https://api.anthropic.com/v1/messages' }
    )
    const answer = {
      type: 'message',
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'Done.' }
      ],
      stop_reason: 'end_turn'
    }
    const out = await show(makeInteraction(request, JSON.stringify(answer)))
    for (const part of [
      'system\n  Be brief.',
      '[document, application/pdf, 300 B]\n  Read.',
      '→ look({"page":1})  toolu_1',
      '← result of toolu_1\n    page one',
      'assistant\n  (thinking) Hm.\n  Done.',
      'finish    end_turn'
    ])
      expect(out).toContain(part)
  })

  it('completions, embeddings, sounds, forms, errors, and what nobody knows', async () => {
    const text = { choices: [{ text: ' upon a time', finish_reason: 'length' }] }
    expect(
      await show(makeInteraction(jsonRequest({ model: 'm', prompt: 'Once' }, url('completions')), JSON.stringify(text)))
    ).toMatch(/input\n {2}Once\n\nassistant\n {3}upon a time\n\nfinish {4}length/)
    const embedding = { data: [{ embedding: Array.from({ length: 1536 }, () => 0.1) }, { embedding: [] }] }
    expect(
      await show(makeInteraction(jsonRequest({ model: 'm', input: ['a', 'b'] }, url('embeddings')), JSON.stringify(embedding)))
    ).toContain('input\n  a\n  b\n\nanswer\n  [2 embeddings of 1,536 numbers]')
    const sound = { headers: [['content-type', 'audio/mpeg'] as const] }
    expect(
      await show(
        makeInteraction(jsonRequest({ input: 'Hi', voice: 'alloy' }, url('audio/speech')), Uint8Array.from([255, 254, 0]), sound)
      )
    ).toContain('answer\n  [audio/mpeg, 3 B]')
    const form =
      '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n' +
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a.mp3"\r\ncontent-type: audio/mpeg\r\n\r\nabc\r\n--x--\r\n'
    const upload = jsonRequest(
      {},
      { ...url('audio/transcriptions'), headers: [['content-type', 'multipart/form-data; boundary=x']], body: Buffer.from(form) }
    )
    expect(await show(makeInteraction(upload, '{"text":"Hello."}'))).toContain(
      'input\n  model: whisper-1\n  [file: a.mp3, audio/mpeg, 3 B]\n\nanswer\n  Hello.'
    )
    const error = { error: { code: 'model_not_found', message: 'There is none.' } }
    expect(await show(makeInteraction(jsonRequest({ model: 'm' }), JSON.stringify(error), { status: 404 }))).toContain(
      'error\n  model_not_found: There is none.'
    )
    const drawn = { data: [{ b64_json: Buffer.alloc(900).toString('base64') }], odd: [1, 2] }
    expect(
      await show(makeInteraction(jsonRequest({ prompt: 'a cat' }, url('images/generations')), JSON.stringify(drawn)))
    ).toContain('"b64_json": "(base64, 900 B)"')
    expect(await show(makeInteraction(jsonRequest({}), '', { status: 204, headers: [] }))).toContain('answer\n  (nothing)')
  })
})

it('long texts are whole, and cut with --short', async () => {
  const long = 'word '.repeat(200).trim()
  expect(await show(chatted('q', long))).toContain(long)
  expect(await show(chatted('q', long), { short: true })).toMatch(/word… \(999 characters\)|… \(999 characters\)/)
})

it('wraps between words on a terminal, and never sends it what it would obey', async () => {
  const out = await show(chatted('q', `${'word '.repeat(40)}\u001b[2J\u202e`), { columns: 40 })
  const said = out.split('\n').filter((line) => line.startsWith('  word'))
  expect(said.length).toBeGreaterThan(3)
  expect(Math.max(...said.map(({ length }) => length))).toBeLessThanOrEqual(40)
  expect(out).toContain('\\u001b[2J\\u202e')
  // eslint-disable-next-line no-control-regex -- that is what must not be there
  expect(out).not.toMatch(/[\u001b\u202e]/)
})

it('JSON has the same, unshortened', async () => {
  const { interactions } = JSON.parse(await show(chatted('q', 'a'), { json: true })) as { interactions: object[] }
  expect(interactions[0]).toMatchObject({
    number: 1,
    request: { turns: [{ who: 'user', blocks: [{ kind: 'text', text: 'q' }] }] },
    answer: { blocks: [{ kind: 'text', text: 'a' }], finish: 'stop' },
    usd: 0.0075
  })
})

it('one by its number; none of that number is an error', async () => {
  await using folder = await temporaryFolder()
  const file = folder.file('a.yaml')
  await writeCassette(file, chatted('one', 'a'), chatted('two', 'b'))
  const run = (name: string) =>
    runIn((parts) => showInteractions([name], { short: false, json: false, now: NOW }, settings(), parts))
  expect((await run(`${file}:2`)).out).not.toContain('one')
  await expect(run(`${file}:3`)).rejects.toThrow('holds 2 interactions, and none of the number 3')
})
