/** The line of a test that runs in a page: what the page has, as it was before a test could stub it. */
import type { Line } from './line.ts'

/** The part of a page that is used: this file is also compiled where there is none. */
interface Page {
  readonly fetch: typeof globalThis.fetch
  readonly XMLHttpRequest: new () => {
    readonly status: number
    readonly responseText: string
    open(method: string, url: string, isAsync: boolean): void
    send(body?: string): void
  }
}

export function createPageLine(page: Page = globalThis as unknown as Page): Line {
  const { fetch, XMLHttpRequest } = page
  return {
    async ask({ url, ...init }) {
      try {
        const response = await fetch.call(globalThis, url, init)
        return { status: response.status, text: await response.text() }
      } catch (error) {
        return { status: 0, text: String(error) }
      }
    },
    askNow({ method, url, body }) {
      const request = new XMLHttpRequest()
      try {
        request.open(method, url, false)
        request.send(body)
        return { status: request.status, text: request.responseText }
      } catch (error) {
        return { status: 0, text: String(error) }
      }
    }
  }
}
