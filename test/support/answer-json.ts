/** Responders that answer everything alike, at once or slowly, and the JSON of a request that was received. */
import { toText } from '../../src/http/message.ts'
import type { ReceivedRequest, Responder } from './local-upstream.ts'

export function answerJson(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Responder {
  return async (request, response) => {
    await request.whole
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(value))
  }
}

export function textOf(request: ReceivedRequest | undefined): string {
  return toText(request?.body ?? new Uint8Array(0)) ?? ''
}

export function jsonOf(request: ReceivedRequest | undefined): unknown {
  return JSON.parse(textOf(request)) as unknown
}

/** A responder that takes its time, and counts how many of its answers were under way at once. */
export function answerSlowly(answer: Responder, ms: number): { readonly respond: Responder; readonly most: () => number } {
  let running = 0
  let most = 0
  return {
    most: () => most,
    async respond(request, response, incoming) {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, ms))
      running -= 1
      await answer(request, response, incoming)
    }
  }
}
