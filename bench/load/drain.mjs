/** Reads one answer to its end and keeps nothing of it. */
import { request as ask } from 'node:http'

/** @returns bytes and seconds */
export function drain({ url, headers, body }) {
  const begin = performance.now()
  return new Promise((done, fail) => {
    const all = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }
    const request = ask(url, { method: 'POST', headers: all, agent: false }, (response) => {
      let bytes = 0
      response.on('data', (chunk) => (bytes += chunk.length)).on('error', fail)
      response.on('end', () => done({ bytes, seconds: (performance.now() - begin) / 1000, status: response.statusCode }))
    })
    request.on('error', fail).end(body)
  })
}
