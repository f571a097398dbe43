/** The official clients on real exchanges: live, recorded and replayed give equal results, with a socket and without. */
import { Buffer } from 'node:buffer'
import Anthropic, { APIError as AnthropicError } from '@anthropic-ai/sdk'
import OpenAI, { APIError as OpenAIError, toFile } from 'openai'
import { describe, expect, test } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { toText } from '../../src/http/message.ts'
import { startUpstream, type LocalUpstream, type Responder } from '../support/local-upstream.ts'
import { realExchange, type RealExchange } from '../support/real-exchanges.ts'
import { differenceButForPlaceholders } from '../support/same-but-placeholders.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Clients {
  readonly openai: OpenAI
  readonly anthropic: Anthropic
}

interface Case {
  readonly name: string
  readonly upstream: readonly RealExchange[] | Responder
  /** What a program gets out of it: everything, events one by one. */
  readonly run: (clients: Clients) => Promise<unknown>
}

/** A real exchange, and the body that a client is to send for it. */
function real(id: string): { readonly exchange: RealExchange; readonly body: never } {
  const exchange = realExchange(id)
  return { exchange, body: JSON.parse(toText(exchange.request.body)!) as never }
}

async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const events: unknown[] = []
  for await (const event of stream) events.push(event)
  return events
}

function json(name: string, id: string, call: (clients: Clients, body: never) => Promise<unknown>): Case {
  const { exchange, body } = real(id)
  return { name, upstream: [exchange], run: (clients) => call(clients, body) }
}

function stream(name: string, id: string, call: (clients: Clients, body: never) => PromiseLike<unknown>): Case {
  const { exchange, body } = real(id)
  return { name, upstream: [exchange], run: async (clients) => collect((await call(clients, body)) as AsyncIterable<unknown>) }
}

const sound = Buffer.from([0x52, 0x49, 0x46, 0x46, 0, 0xff, 0xfe, 0x80])

/** Events as OpenAI's streaming transcription sends them: CRLF line ends (shape from OpenAI's API description). */
const TRANSCRIPT_EVENTS = ['Hel', 'lo', ' wörld']
  .map((delta) => `data: ${JSON.stringify({ type: 'transcript.text.delta', delta })}\r\n\r\n`)
  .concat(`data: ${JSON.stringify({ type: 'transcript.text.done', text: 'Hello wörld' })}\r\n\r\n`, 'data: [DONE]\r\n\r\n')

const transcriptStream: Responder = async (request, response) => {
  const body = Buffer.from(await request.whole)
  expect(body.includes(sound), 'the upload arrives byte for byte').toBe(true)
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const event of TRANSCRIPT_EVENTS) response.write(event)
  response.end()
}

const tts = realExchange('speech_tts-1_test.yml#0')

const cases: Case[] = [
  json('chat', 'test_openai/test_valid_response.yaml#0', ({ openai }, body) => openai.chat.completions.create(body)),
  stream('chat stream', 'gpt-3_5-turbo_streamed_chat.yml#0', ({ openai }, body) => openai.chat.completions.create(body)),
  json('tools', 'test_openai/test_image_url_tool_response.yaml#0', ({ openai }, body) => openai.chat.completions.create(body)),
  stream('tools stream', 'test_chat/test_chat_tools_streaming.yaml#0', ({ openai }, body) =>
    openai.chat.completions.create(body)
  ),
  json('responses', 'responses_create.yml#0', ({ openai }, body) => openai.responses.create(body)),
  stream('responses stream', 'responses_stream.yml#0', ({ openai }, body) => openai.responses.create(body)),
  stream('responses stream of 676 events', 'test_openai_responses_thinking_part_iter.yaml#0', ({ openai }, body) =>
    openai.responses.create(body)
  ),
  json('embeddings', 'TestOpenAI.test_documents.yaml#0', ({ openai }, body) => openai.embeddings.create(body)),
  json('images', 'test_image_gen_metrics.yaml#0', ({ openai }, body) => openai.images.generate(body)),
  json('moderation', 'moderations_have_a_great_day_.yml#0', ({ openai }, body) => openai.moderations.create(body)),
  {
    name: 'speech: a binary answer',
    upstream: [tts],
    run: async ({ openai }) => {
      const response = await openai.audio.speech.create({ model: 'tts-1', input: 'This is a speech test!', voice: 'alloy' })
      return Buffer.from(await response.arrayBuffer()).toString('hex')
    }
  },
  {
    name: 'transcription: an upload',
    upstream: async (request, response) => {
      const body = Buffer.from(await request.whole)
      expect(body.includes(sound)).toBe(true)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(realExchange('audio_whisper-1_transcribe.yml#0').response.body)
    },
    run: async ({ openai }) => openai.audio.transcriptions.create({ model: 'whisper-1', file: await toFile(sound, 'a.wav') })
  },
  {
    name: 'transcription: a CRLF stream',
    upstream: transcriptStream,
    run: async ({ openai }) =>
      collect(
        await openai.audio.transcriptions.create({ model: 'gpt-4o-transcribe', stream: true, file: await toFile(sound, 'a.wav') })
      )
  },
  json('anthropic message', 'test_messages/test_anthropic_message_create_legacy.yaml#0', ({ anthropic }, body) =>
    anthropic.messages.create(body)
  ),
  stream('anthropic stream', 'test_messages/test_anthropic_message_streaming_legacy.yaml#0', ({ anthropic }, body) =>
    anthropic.messages.create(body)
  ),
  stream('anthropic tools stream', 'test_messages/test_anthropic_tools_streaming_legacy.yaml#0', ({ anthropic }, body) =>
    anthropic.messages.create(body)
  ),
  json('anthropic 400', 'test_anthropic_explicit_effort_xhigh_unsupported_model_errors.yaml#0', ({ anthropic }, body) =>
    anthropic.messages.create(body)
  ),
  json('400', 'test_openai_o1_mini_system_role[developer].yaml#0', ({ openai }, body) => openai.chat.completions.create(body)),
  {
    name: '401',
    upstream: [realExchange('conversations_retrieve.yml#1')],
    run: ({ openai }) => openai.conversations.retrieve('conv_67d4472a0be881909acc6775dded8b11')
  },
  json('404', 'TestOpenAI.test_embed_error.yaml#0', ({ openai }, body) => openai.embeddings.create(body)),
  json('429', 'test_openrouter_errors_raised.yaml#0', ({ openai }, body) => openai.chat.completions.create(body)),
  {
    name: '500',
    upstream: [realExchange('vector_store_file_batches_list.yml#0')],
    run: ({ openai }) =>
      openai.vectorStores.fileBatches.listFiles('vsfb_b776bc9508004e9db5711d1acad854c7', {
        vector_store_id: 'vs_Jhsj39YoypHdDXGlrTHtx3ir'
      })
  }
]

describe.each(cases)('$name', ({ upstream: answer, run }) => {
  test('live, recorded and replayed are equal, and what came live is what the upstream sent', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answer)
    const cassette = folder.file('tape.yaml')
    const direct = await outcome(run, clientsFor(`${upstream.url}/v1`, upstream.url))
    const live = await through({ mode: 'live' }, upstream, run)
    const recorded = await through({ mode: 'record', cassette }, upstream, run)
    const asked = upstream.requests.length
    const replayed = await through({ mode: 'replay', cassette }, upstream, run)
    const withoutSocket = await through({ mode: 'replay', cassette, listen: false }, upstream, run)
    expect(live).toEqual(direct)
    expect(recorded).toEqual(direct)
    expect(differenceButForPlaceholders(JSON.stringify(replayed), JSON.stringify(direct))).toBeUndefined()
    expect(withoutSocket).toEqual(replayed)
    expect(upstream.requests).toHaveLength(asked)
  })
})

/** What a program sees: a result, or an error with all that a program may look at. */
async function outcome(run: Case['run'], clients: Clients): Promise<unknown> {
  try {
    return { result: JSON.parse(JSON.stringify(await run(clients))) as unknown }
  } catch (error) {
    if (!(error instanceof OpenAIError || error instanceof AnthropicError)) throw error
    return { error: error.constructor.name, status: error.status, message: error.message, body: error.error }
  }
}

function clientsFor(openaiBaseURL: string, anthropicBaseURL: string, fetch?: typeof globalThis.fetch): Clients {
  const common = { apiKey: 'unused', maxRetries: 0, ...(fetch ? { fetch } : {}) }
  return {
    openai: new OpenAI({ baseURL: openaiBaseURL, ...common }),
    anthropic: new Anthropic({ baseURL: anthropicBaseURL, ...common })
  }
}

async function through(options: ProxyOptions, upstream: LocalUpstream, run: Case['run']): Promise<unknown> {
  const base = { openaiApiBaseUrl: `${upstream.url}/v1`, anthropicApiBaseUrl: upstream.url }
  await using proxy: Proxy = await startProxy({ ...base, ...options })
  const fetch = options.listen === false ? proxy.fetch : undefined
  return await outcome(run, clientsFor(proxy.openaiBaseURL, proxy.anthropicBaseURL, fetch))
}
