/** Chat calls and their answers as the API gives them, of any number and size. */

const PATH = '/v1/chat/completions'
const WORDS =
  'the report says that a river rises in spring and its water reaches the town below when snow melts in the hills so people there keep boats ready and know which road stays dry'.split(
    ' '
  )

/** Words in an order that a number decides. */
export function prose(seed, count) {
  return Array.from({ length: count }, (_, index) => WORDS[(seed * 7 + index * index + 3 * index) % WORDS.length]).join(' ')
}

/** What every request of the load carries. */
export const HEADERS = { authorization: 'Bearer sk-bench' }

/** A request of about a kilobyte; no two numbers give the same. */
export function chatRequest(id, { stream = false, words = 60, maxTokens = 256 } = {}) {
  return JSON.stringify({
    model: 'gpt-4o-mini',
    max_tokens: maxTokens,
    temperature: 0.2,
    ...(stream ? { stream: true } : {}),
    messages: [
      { role: 'system', content: `You are an assistant who answers briefly. ${prose(3, 60)}` },
      { role: 'user', content: `Question ${id}: ${prose(id, words)}?` }
    ]
  })
}

/** An answer of about a kilobyte. */
export function chatAnswer(id) {
  return JSON.stringify({
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: 1_764_000_000,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: prose(id + 11, 120), refusal: null },
        logprobs: null,
        finish_reason: 'stop'
      }
    ],
    usage: { prompt_tokens: 160, completion_tokens: 130, total_tokens: 290 },
    service_tier: 'default',
    system_fingerprint: 'fp_bench'
  })
}

const chunk = (more) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_764_000_000, model: 'gpt-4o-mini-2024-07-18', ...more })}\n\n`

/** One event of a stream. */
export const chatEvent = (index) =>
  chunk({ choices: [{ index: 0, delta: { content: ` ${WORDS[index % WORDS.length]}` }, logprobs: null, finish_reason: null }] })

/** What the API adds before the end where it is asked for the usage. */
export const usageEvent = (events) =>
  chunk({ choices: [], usage: { prompt_tokens: 160, completion_tokens: events, total_tokens: 160 + events } })

/** The events of a stream, its end included: as many as were asked for. */
export function chatEvents(count) {
  return [...Array.from({ length: count - 1 }, (_, index) => chatEvent(index)), 'data: [DONE]\n\n']
}

/** Recorded calls: plain, or streams of some events. */
export function exchanges(count, { stream = 0 } = {}) {
  return Array.from({ length: count }, (_, id) => ({
    path: PATH,
    request: chatRequest(id, { stream: stream > 0 }),
    type: stream > 0 ? 'text/event-stream' : 'application/json',
    answer: stream > 0 ? chatEvents(stream).join('') : chatAnswer(id)
  }))
}

/** Where the load asks. */
export const chatUrl = (origin) => `${origin}${PATH}`
