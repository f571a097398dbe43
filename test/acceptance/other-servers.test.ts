/** Calls of servers that are no provider's: a recording answers them, and nothing is ever sent there. */
import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startProxy, type ProxyOptions } from '../../src/index.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const CASSETTE = `cassette: 1
---
request:
  method: POST
  url: https://mcp.example.com/mcp
  headers: {content-type: application/json}
  body:
    json: {jsonrpc: "2.0", id: 1, method: tools/list}
response:
  status: 200
  headers: {content-type: application/json}
  body:
    json: {jsonrpc: "2.0", id: 1, result: {tools: []}}
recorded: {at: 2026-11-23T09:00:00Z, ms: 2}
`

const ASK = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

async function withCassette(use: (file: string, folder: TemporaryFolder) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await writeFile(folder.file('mcp.yaml'), CASSETTE)
  await use(folder.file('mcp.yaml'), folder)
}

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

test('a recording answers, whatever way the address is written', () =>
  withCassette(async (cassette) => {
    await using proxy = await startProxy({ mode: 'replay', cassette, logFile: false })
    for (const path of ['/https/mcp.example.com/mcp', '/https://mcp.example.com/mcp']) {
      const answer = await post(proxy.url + path, ASK)
      expect([answer.status, await answer.json()]).toEqual([200, { jsonrpc: '2.0', id: 1, result: { tools: [] } }])
    }
    expect(proxy.exchanges).toMatchObject([
      { provider: 'generic', endpoint: 'POST mcp.example.com', source: 'tape', request: { path: 'https://mcp.example.com/mcp' } },
      { source: 'tape' }
    ])
  }))

test('a miss is told, as for any other call', () =>
  withCassette(async (cassette) => {
    await using proxy = await startProxy({ mode: 'replay', cassette, logFile: false })
    const answer = await post(`${proxy.url}/https/mcp.example.com/mcp`, { ...ASK, method: 'tools/call' })
    expect(answer.status).toBe(404)
    expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(
      'method: recorded "tools/list", got "tools/call"'
    )
  }))

test.each<ProxyOptions['mode']>(['live', 'record', 'auto'])('nothing is sent there: %s', (mode) =>
  withCassette(async (cassette) => {
    await using upstream = await startUpstream((_request, response) => void response.end('reached'))
    await using proxy = await startProxy({ mode, cassette, logFile: false, openaiApiBaseUrl: `${upstream.url}/v1` })
    const { host } = new URL(upstream.url)
    const answer = await post(`${proxy.url}/http/${host}/v1/anything`, ASK)
    expect(answer.status).toBe(403)
    expect(((await answer.json()) as { error: { code: string; message: string } }).error).toMatchObject({
      code: 'relay_refused',
      message: expect.stringContaining(`${host} is called by nobody here`) as string
    })
    expect(upstream.requests).toEqual([])
  })
)

test('with rules in force, an endpoint that nobody knows is refused there too', () =>
  withCassette(async (cassette) => {
    await using proxy = await startProxy({ mode: 'replay', cassette, logFile: false, allowedModels: ['gpt-*'] })
    expect((await post(`${proxy.url}/https/mcp.example.com/mcp`, ASK)).status).toBe(403)
    await using open = await startProxy({
      mode: 'replay',
      cassette,
      logFile: false,
      allowedModels: ['gpt-*'],
      unknownEndpoints: 'allow'
    })
    expect((await post(`${open.url}/https/mcp.example.com/mcp`, ASK)).status).toBe(200)
  }))
