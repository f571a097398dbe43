/** Metrics: what is counted, under which names, and that no user's text becomes a label. */
import { describe, expect, it } from 'vitest'
import { createMetrics, type MetricsFacts } from '../../src/inspector/metrics.ts'
import type { Exchange } from '../../src/pipeline/exchange.ts'
import { invalid } from '../../src/pipeline/errors.ts'
import { makeExchange } from '../log/make-exchange.ts'

const FACTS: MetricsFacts = { mode: 'live', version: '1.2.3', clean: (text) => text.replaceAll(/secret/g, '<secret>') }

const exchange = (given: Partial<Exchange> = {}, status = 200): Exchange =>
  makeExchange({ body: '{}' }, { body: '{}', status }, given)

const call = (model: string, given: Partial<NonNullable<Exchange['call']>> = {}): NonNullable<Exchange['call']> => ({
  ...exchange().call!,
  model,
  models: [model],
  ...given
})

/** The samples by name and labels, without help, types and buckets. */
async function samples(exchanges: readonly Exchange[], facts = FACTS): Promise<Record<string, number>> {
  const metrics = createMetrics(facts)
  for (const one of exchanges) await metrics.sink.settle(one)
  const { text } = await metrics.text()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket{'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

const OPERATION = 'gen_ai_provider_name="openai",gen_ai_operation_name="chat",gen_ai_request_model="gpt-4o",source="upstream"'

describe('an answered call', () => {
  it('counts tokens, seconds, dollars and the exchange', async () => {
    const cost = { microUsd: 2500, complete: true }
    expect(await samples([exchange({ cost }), exchange({ cost })])).toEqual({
      'openai_proxy_info{version="1.2.3",mode="live"}': 1,
      'openai_proxy_exchanges_total{provider="openai",source="upstream",outcome="complete",status="200"}': 2,
      [`gen_ai_client_token_usage_sum{${OPERATION},gen_ai_token_type="input"}`]: 6,
      [`gen_ai_client_token_usage_count{${OPERATION},gen_ai_token_type="input"}`]: 2,
      [`gen_ai_client_token_usage_sum{${OPERATION},gen_ai_token_type="output"}`]: 4,
      [`gen_ai_client_token_usage_count{${OPERATION},gen_ai_token_type="output"}`]: 2,
      [`gen_ai_client_operation_duration_seconds_sum{${OPERATION},error_type=""}`]: expect.closeTo(0.091356),
      [`gen_ai_client_operation_duration_seconds_count{${OPERATION},error_type=""}`]: 2,
      'openai_proxy_cost_usd_total{provider="openai",model="gpt-4o"}': 0.005
    })
  })

  it('has a time to the first chunk only where it was a stream', async () => {
    const name = `gen_ai_client_operation_time_to_first_chunk_seconds_sum{${OPERATION}}`
    expect((await samples([exchange()]))[name]).toBeUndefined()
    expect((await samples([exchange({ call: call('gpt-4o', { stream: true }) })]))[name]).toBeCloseTo(0.01234)
  })

  it('is counted as unpriced where its price, or a part of it, is not known: unknown is not free', async () => {
    const name = 'openai_proxy_unpriced_total{provider="openai",model="gpt-4o"}'
    expect((await samples([exchange(), exchange({ cost: { microUsd: 1, complete: false } })]))[name]).toBe(2)
    expect(
      (await samples([exchange({ cost: { microUsd: 1, complete: true } }), exchange({ source: 'tape' }), exchange({}, 500)]))[
        name
      ]
    ).toBeUndefined()
  })

  it('from a tape spends nothing, and saves', async () => {
    const found = await samples([exchange({ source: 'tape', cost: { microUsd: 1_000_000, complete: true } })])
    expect(found['openai_proxy_saved_usd_total{provider="openai",model="gpt-4o"}']).toBe(1)
    expect(Object.keys(found).filter((name) => name.startsWith('openai_proxy_cost'))).toEqual([])
  })
})

describe('a refusal', () => {
  const refused = (given: Partial<Exchange>): Exchange =>
    exchange({ source: 'proxy', outcome: 'refused', usage: undefined, ...given }, 403)

  it('is counted by its rule, and is no operation of a model', async () => {
    const verdict = { kind: 'block', rule: 'allowed-models', code: 'model_not_allowed', message: 'no' } as const
    const found = await samples([refused({ verdict })])
    expect(found).toEqual({
      'openai_proxy_info{version="1.2.3",mode="live"}': 1,
      'openai_proxy_exchanges_total{provider="openai",source="proxy",outcome="refused",status="403"}': 1,
      'openai_proxy_refusals_total{rule="allowed-models",code="model_not_allowed"}': 1
    })
  })

  it('by no rule has its code', async () => {
    const found = await samples([refused({ error: invalid(400, 'invalid_json', 'no'), call: undefined })])
    expect(found['openai_proxy_refusals_total{rule="none",code="invalid_json"}']).toBe(1)
  })

  it('of an answer counts too, though the exchange went to the upstream', async () => {
    const verdict = { kind: 'block', rule: 'forbidden-outputs', code: 'output_forbidden', message: 'no' } as const
    const found = await samples([exchange({ verdict, outcome: 'broken' })])
    expect(found['openai_proxy_refusals_total{rule="forbidden-outputs",code="output_forbidden"}']).toBe(1)
  })
})

describe('failures', () => {
  it.each([
    ['404', exchange({}, 404)],
    ['upstream_timeout', exchange({ source: 'proxy', outcome: 'broken', error: invalid(504, 'upstream_timeout', 'late') }, 504)],
    ['aborted', exchange({ outcome: 'aborted', response: undefined })]
  ])('have the error type %s', async (type, one) => {
    const found = await samples([one])
    const names = Object.keys(found).filter((name) => name.startsWith('gen_ai_client_operation_duration_seconds_count'))
    expect(names).toHaveLength(1)
    expect(names[0]).toContain(`error_type="${type}"`)
  })

  it('before any answer are counted without a status', async () => {
    const found = await samples([exchange({ outcome: 'aborted', response: undefined })])
    expect(found['openai_proxy_exchanges_total{provider="openai",source="upstream",outcome="aborted",status="none"}']).toBe(1)
  })
})

describe('labels', () => {
  const models = (found: Record<string, number>): Set<string> =>
    new Set(Object.keys(found).flatMap((name) => /gen_ai_request_model="([^"]*)"/.exec(name)?.[1] ?? []))

  it('never hold what somebody called a model that never answered', async () => {
    const found = await samples([exchange({ call: call('my diary') }, 404), exchange({ call: call('gpt-my-diary') }, 404)])
    expect(models(found)).toEqual(new Set(['other']))
    expect(JSON.stringify(found)).not.toContain('diary')
  })

  it('know a model once it has answered, its failures from then on included', async () => {
    expect(models(await samples([exchange(), exchange({}, 429)]))).toEqual(new Set(['gpt-4o']))
  })

  it('hold no secret and no text, even of a model that answers to everything', async () => {
    const odd = ['tell me a joke', 'a"b', 'x\ny', 'key-secret', 'x'.repeat(101), '']
    expect(models(await samples(odd.map((model) => exchange({ call: call(model) }))))).toEqual(new Set(['other']))
  })

  it('name at most 200 models, and one other', async () => {
    const many = Array.from({ length: 500 }, (_, number) => exchange({ call: call(`model-${number}`) }))
    const found = models(await samples(many))
    expect(found.size).toBe(201)
    expect(found.has('model-199') && found.has('other') && !found.has('model-200')).toBe(true)
  })

  it.each([
    ['POST /v1/messages', 'chat'],
    ['POST /v1/embeddings', 'embeddings'],
    ['POST /v1/images/generations', 'images'],
    ['POST /v1/threads/{id}/runs', 'threads']
  ])('call %s the operation %s', async (endpoint, operation) => {
    const text = JSON.stringify(await samples([exchange({ call: call('gpt-4o', { endpoint }) })]))
    expect(text).toContain(`gen_ai_operation_name=\\"${operation}\\"`)
  })

  it('take no operation from an endpoint that nobody knows', async () => {
    const text = JSON.stringify(
      await samples([exchange({ call: call('gpt-4o', { endpoint: 'POST /v1/my_diary', known: false }) })])
    )
    expect(text).not.toContain('diary')
  })
})

describe('the ledger', () => {
  it('is shown as it is when somebody looks', async () => {
    let state: 'ok' | 'failing' = 'ok'
    const metrics = createMetrics({ ...FACTS, ledger: () => ({ state, policy: 'closed', failures: 3, pending: 2 }) })
    expect((await metrics.text()).text).toContain('openai_proxy_ledger_up 1\n')
    state = 'failing'
    const { text } = await metrics.text()
    expect(text).toContain('openai_proxy_ledger_up 0\n')
    expect(text).toContain('openai_proxy_ledger_failures 3\n')
    expect(text).toContain('openai_proxy_ledger_pending 2\n')
  })
})

it('counts in a registry of its own: two proxies in one process do not mix', async () => {
  const [one, two] = [createMetrics(FACTS), createMetrics(FACTS)]
  await one.sink.settle(exchange())
  expect((await one.text()).text).toContain('openai_proxy_exchanges_total{')
  expect((await two.text()).text).not.toContain('openai_proxy_exchanges_total{')
})
