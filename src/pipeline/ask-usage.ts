/** Has OpenAI's streams tell their usage where the client did not ask for it, and takes out again what the client would not have seen. */
import { withHeader } from '../http/headers.ts'
import { isObject, type Json } from '../http/json.ts'
import { createSseSplitter, eventsWithout, readSseEvent } from '../http/sse.ts'
import type { HttpRequest } from '../http/message.ts'
import type { FieldEdit } from '../firewall/rule.ts'
import { USAGE_MARK } from '../metering/usage.ts'
import type { ModelCall, ParsedContent } from '../providers/provider.ts'

/** Endpoints whose streams tell their usage only when asked. Source: OpenAI's API description, `stream_options`, 2026-08. */
const ASKED = new Set(['POST /v1/chat/completions', 'POST /v1/completions'])

/** The edits that ask for usage; none where the request asks itself, or where the endpoint tells it anyway. */
export function usageEdits(call: ModelCall, content: ParsedContent): readonly FieldEdit[] {
  if (call.provider !== 'openai' || !call.stream || !ASKED.has(call.endpoint) || content.kind !== 'json') return []
  const options = isObject(content.value) ? content.value['stream_options'] : undefined
  if (!isObject(options)) return [{ path: ['stream_options'], value: { include_usage: true } }]
  return options['include_usage'] === true ? [] : [{ path: ['stream_options', 'include_usage'], value: true }]
}

/** The request that can be answered readably: what is to be taken out again must not be compressed. */
export function withPlainAnswer(request: HttpRequest): HttpRequest {
  return { ...request, headers: withHeader(request.headers, 'accept-encoding', 'identity') }
}

/**
 * The stream as the client would have seen it: without the last event, which only tells usage, and without `"usage":null` in the others.
 * Events pass as soon as they are whole.
 * @param told receives the data of the event that is taken out
 */
export async function* withoutUsage(body: AsyncIterable<Uint8Array>, told: (data: string) => void): AsyncIterable<Uint8Array> {
  const splitter = createSseSplitter()
  // Latin-1 keeps every byte apart, so that no character is cut in two; what is looked for is ASCII.
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const passed = splitter.rest() === '' ? eventsWithout(USAGE_MARK, bytes) : 0
    if (passed > 0) yield bytes.subarray(0, passed)
    if (passed === bytes.byteLength) continue
    const blocks = splitter.push(bytes.toString('latin1', passed))
    const kept = blocks.map((block) => withoutUsageIn(block, told)).join('')
    if (kept !== '') yield Buffer.from(kept, 'latin1')
  }
  if (splitter.rest() !== '') yield Buffer.from(splitter.rest(), 'latin1')
}

function withoutUsageIn(block: string, told: (data: string) => void): string {
  if (!block.includes('"usage"')) return block
  const data = readSseEvent(block).data ?? ''
  if (isUsageOnly(data)) {
    told(data)
    return ''
  }
  // Within a string the quotes would be escaped: this is a field.
  return block.replace(/,\s*"usage":\s*null(?=\s*[,}])/, '')
}

function isUsageOnly(data: string): boolean {
  let event: Json
  try {
    event = JSON.parse(data) as Json
  } catch {
    return false
  }
  return isObject(event) && Array.isArray(event['choices']) && event['choices'].length === 0 && isObject(event['usage'])
}
