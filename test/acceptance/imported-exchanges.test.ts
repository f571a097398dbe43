/** Every recorded exchange of the three projects: imported by the command line, and played back byte for byte by a running proxy. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Agent, request as send } from 'undici'
import { beforeAll, expect, test } from 'vitest'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader, withoutHeaders } from '../../src/http/headers.ts'
import { startProxy } from '../../src/index.ts'
import { buildCommand, runCommand } from '../cli/command.ts'
import { publicPath, realExchanges, recordingPath, type RealExchange } from '../support/real-exchanges.ts'
import { differenceButForPlaceholders } from '../support/same-but-placeholders.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What the command prints. */
interface Report {
  readonly imported: number
  readonly leftOut: number
  readonly files: readonly {
    readonly file: string
    readonly cassette: string | null
    readonly exchanges: readonly { readonly provider: string; readonly endpoint: string; readonly host?: string }[]
    readonly leftOut: readonly { readonly line: number; readonly reason: string; readonly count: number }[]
  }[]
}

let program: string
beforeAll(() => {
  program = buildCommand('imported-exchanges')
})

test('all 244 come in, and are replayed in their order', { timeout: 240_000 }, async () => {
  await using folder = await temporaryFolder()
  const report = await importAll(folder.path)
  expect([report.imported, report.leftOut]).toEqual([244, 790])
  expect(
    report.files.flatMap(({ leftOut }) => leftOut.map(({ reason }) => reason)).every((reason) => reason.includes('WebSocket'))
  ).toBe(true)
  const cassettes = new Map(report.files.map(({ file, cassette }) => [file, cassette]))
  await using proxy = await startProxy({
    mode: 'replay',
    cassette: `${folder.path}/`,
    openaiApiBaseUrl: 'http://127.0.0.1:9/v1',
    anthropicApiBaseUrl: 'http://127.0.0.1:9',
    logFile: false
  })
  const agent = new Agent()
  let exact = 0
  for (const exchange of realExchanges()) {
    const file = recordingPath(exchange.id.slice(0, exchange.id.lastIndexOf('#')))
    const session = basename(cassettes.get(file)!, '.yaml')
    exact += await isReplayed(`${proxy.url}/~/${encodeURIComponent(session)}`, exchange, agent)
  }
  await agent.close()
  // The others hold a placeholder for each secret that their projects published.
  expect(exact).toBeGreaterThan(215)
  expect(proxy.exchanges.filter(({ source, outcome }) => source !== 'tape' || outcome !== 'complete')).toEqual([])
})

test('those of other servers keep their own addresses', { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder()
  const report = await importAll(folder.path)
  const providers = report.files.flatMap(({ exchanges }) => exchanges.map(({ provider }) => provider))
  expect(['openai', 'anthropic', 'generic'].map((name) => providers.filter((provider) => provider === name).length)).toEqual([
    207, 29, 8
  ])
  const { cassette } = report.files.find(({ file }) => file.endsWith('test_mcptoolset_in_temporal_workflow.yaml'))!
  const text = await readFile(cassette!, 'utf8')
  expect(text.match(/^ {2}url: .*$/gm)).toEqual(
    expect.arrayContaining(['  url: https://mcp.deepwiki.com/mcp', '  url: https://api.openai.com/v1/chat/completions'])
  )
})

async function importAll(folder: string): Promise<Report> {
  const { code, stdout, stderr } = await runCommand(
    program,
    ['cassettes', 'import', recordingPath(''), '--to', folder, '--json'],
    { cwd: folder }
  )
  // The WebSockets stay out.
  expect([code, stderr]).toEqual([1, ''])
  return JSON.parse(stdout) as Report
}

/** 1 where every byte is as recorded, 0 where placeholders stand for secrets. Anything else is an error. */
async function isReplayed(base: string, exchange: RealExchange, agent: Agent): Promise<0 | 1> {
  const { id, provider, request, response } = exchange
  const { protocol, host, pathname, search } = new URL(request.url)
  const path =
    provider === 'other' ? `/${protocol.slice(0, -1)}/${host}${pathname}${search}` : `/${provider}${publicPath(exchange)}`
  const answer = await send(base + path, {
    method: request.method as 'POST',
    headers: withoutHeaders(request.headers, ['host', 'content-length', 'origin', 'expect']).flat(),
    body: request.body.byteLength === 0 ? null : request.body,
    dispatcher: agent
  })
  const played = decode(new Uint8Array(await answer.body.arrayBuffer()), answer.headers['content-encoding'])
  const recorded = decode(response.body, getHeader(response.headers, 'content-encoding'))
  expect(answer.statusCode, `${id}: ${played.slice(0, 500)}`).toBe(response.status)
  expect(answer.headers['content-type'], id).toEqual(getHeader(response.headers, 'content-type'))
  expect(differenceButForPlaceholders(played, recorded), id).toBeUndefined()
  return played === recorded ? 1 : 0
}

function decode(body: Uint8Array, encoding: string | string[] | undefined): string {
  return Buffer.from(decodeBody(body, typeof encoding === 'string' ? encoding : undefined, 1e8)).toString('latin1')
}
