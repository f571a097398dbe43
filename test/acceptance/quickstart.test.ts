/** recordings/quickstart.yaml: made from real exchanges by the recorder itself, and answering what the README asks. */
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startProxy } from '../../src/index.ts'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import { toText } from '../../src/http/message.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { publicPath, realExchange, type RealExchange } from '../support/real-exchanges.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const QUICKSTART = 'recordings/quickstart.yaml'

const exchanges = [
  realExchange('test_openai/test_valid_response.yaml#0'),
  realExchange('gpt-3_5-turbo_streamed_chat.yml#0'),
  realExchange('test_messages/test_anthropic_message_create_legacy.yaml#0')
]

/** The README's requests, as its `curl` commands send them. */
async function readmeRequests(): Promise<{ readonly path: string; readonly body: string }[]> {
  const readme = await readFile('README.md', 'utf8')
  return [...readme.matchAll(/^curl .*?http:\/\/localhost:8000(\/v1\/\S+) [\s\S]*?-d '([^']+)'/gm)].map(([, path, body]) => ({
    path: path!,
    body: body!
  }))
}

/** But for when it was recorded and how long it took, a recording of the same traffic is the same text. */
function withoutTimes(cassette: string): string {
  return cassette.replace(/^recorded: .*$|^ {2}timing: .*$/gm, '')
}

test('is what recording the real exchanges gives', async () => {
  await using upstream = await startUpstream(exchanges, { eventDelayMs: 15 })
  await using folder = await temporaryFolder()
  const cassette = folder.file('quickstart.yaml')
  {
    await using proxy = await startProxy({
      mode: 'record',
      cassette,
      openaiApiBaseUrl: `${upstream.url}/v1`,
      anthropicApiBaseUrl: upstream.url,
      openaiApiKey: 'sk-' + 'of-nobody-0000000000',
      anthropicApiKey: 'sk-' + 'of-nobody-1111111111'
    })
    for (const exchange of exchanges) await (await send(proxy.url, exchange)).arrayBuffer()
  }
  if (process.env['UPDATE_QUICKSTART']) {
    await mkdir('recordings', { recursive: true })
    await copyFile(cassette, QUICKSTART)
  }
  const [fresh, kept] = await Promise.all([readFile(cassette, 'utf8'), readFile(QUICKSTART, 'utf8')])
  expect(withoutTimes(fresh)).toBe(withoutTimes(kept))
})

test('answers what the README asks, byte for byte', async () => {
  await using proxy = await startProxy({ mode: 'replay', cassette: QUICKSTART })
  const requests = await readmeRequests()
  expect(requests).toHaveLength(3)
  for (const [index, { path, body }] of requests.entries()) {
    const response = await fetch(proxy.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(saidBy(exchanges[index]!))
  }
})

/** The text of a recorded answer, whatever encoding it came in. */
function saidBy({ response: { headers, body } }: RealExchange): string | undefined {
  return toText(decodeBody(body, getHeader(headers, 'content-encoding'), 1e6))
}

function send(url: string, exchange: RealExchange): Promise<Response> {
  const headers = exchange.request.headers.filter(([name]) => /^(content-type|anthropic-version)$/i.test(name))
  return fetch(url + publicPath(exchange), {
    method: 'POST',
    headers: headers.map(([name, value]) => [name, value]),
    body: Buffer.from(exchange.request.body)
  })
}
