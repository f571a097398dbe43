/** Every real exchange through a running proxy: live and recording pass its bytes untouched, and the replay gives them again. */
import { readFile } from 'node:fs/promises'
import { Agent, request as send } from 'undici'
import { expect, test } from 'vitest'
import { decodeBody } from '../../src/http/body.ts'
import { startProxy, type ProxyOptions } from '../../src/index.ts'
import { sendExchange, startUpstream } from '../support/local-upstream.ts'
import { publicPath, realExchanges, type RealExchange } from '../support/real-exchanges.ts'
import { differenceButForPlaceholders } from '../support/same-but-placeholders.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const all = realExchanges()
const exchanges = all.filter(({ provider }) => provider !== 'other')

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Uint8Array
}

test('there are as many as their README says', () => {
  expect(all).toHaveLength(244)
  expect(exchanges.length).toBeGreaterThan(200)
})

test('live, recorded and replayed', { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder()
  const cassette = folder.file('all.yaml')
  const live = await runThrough({ mode: 'live' })
  const recorded = await runThrough({ mode: 'record', cassette })
  const replayed = await runThrough({ mode: 'replay', cassette })
  for (const [index, exchange] of exchanges.entries()) {
    const { id, response } = exchange
    for (const answer of [live[index]!, recorded[index]!]) {
      expect(answer.status, id).toBe(response.status)
      expect(Buffer.compare(answer.body, response.body), `${id}: the bytes pass untouched`).toBe(0)
    }
    const played = replayed[index]!
    expect(played.status, id).toBe(response.status)
    expect(played.headers['content-type'], id).toEqual(recorded[index]!.headers['content-type'])
    const [after, before] = [played, recorded[index]!].map((answer) => decoded(answer).toString('latin1'))
    expect(differenceButForPlaceholders(after!, before!), id).toBeUndefined()
  }
  // Recording it once more gives the same text, but for the times.
  // In a folder of its own: files beside a cassette are named after it.
  const again = folder.file('again', 'all.yaml')
  await runThrough({ mode: 'record', cassette: again })
  const [first, second] = await Promise.all([cassette, again].map(async (file) => withoutTimes(await readFile(file, 'utf8'))))
  expect(first === second).toBe(true)
})

/** Sends every exchange's request, in order, and gives the answers. In replay there is no upstream to ask. */
async function runThrough(options: ProxyOptions): Promise<Answer[]> {
  let next = 0
  await using upstream = await startUpstream(async (request, response) => {
    await request.whole
    await sendExchange(response, exchanges[next++]!)
  })
  const base = options.mode === 'replay' ? 'http://127.0.0.1:9' : upstream.url
  await using proxy = await startProxy({ ...options, openaiApiBaseUrl: `${base}/v1`, anthropicApiBaseUrl: base })
  const agent = new Agent()
  const answers: Answer[] = []
  for (const exchange of exchanges) answers.push(await ask(proxy.url, exchange, agent))
  await agent.close()
  expect(proxy.exchanges.filter(({ outcome }) => outcome !== 'complete')).toEqual([])
  return answers
}

async function ask(url: string, { provider, request, ...rest }: RealExchange, agent: Agent): Promise<Answer> {
  const path = publicPath({ provider, request, ...rest })
  const kept = request.headers.filter(([name]) => /^(content-type|accept-encoding|anthropic-|openai-beta)/i.test(name))
  const { statusCode, headers, body } = await send(`${url}/${provider}${path}`, {
    method: request.method as 'POST',
    headers: kept.flat(),
    body: request.body.byteLength === 0 ? null : request.body,
    dispatcher: agent
  })
  return { status: statusCode, headers, body: new Uint8Array(await body.arrayBuffer()) }
}

function decoded({ headers, body }: Answer): Buffer {
  const encoding = headers['content-encoding']
  return Buffer.from(decodeBody(body, typeof encoding === 'string' ? encoding : undefined, 1e8))
}

function withoutTimes(cassette: string): string {
  return cassette.replace(/^recorded: .*$|^ {2}timing: .*$/gm, '')
}
