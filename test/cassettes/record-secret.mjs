/** A process that records calls with a key of its own through a proxy, each when it is told to. */
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [dist, cassette, upstream, key] = process.argv.slice(2)
const { startProxy } = await import(pathToFileURL(`${dist}/index.js`).href)
const proxy = await startProxy({ mode: 'record', cassette, openaiApiBaseUrl: `${upstream}/v1`, listen: false })
process.stdout.write('ready\n')
for await (const word of createInterface(process.stdin)) {
  const response = await proxy.fetch(`${proxy.openaiBaseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `${word} with ${key}` }] })
  })
  await response.text()
}
await proxy.close()
