/** Counts exchanges for Prometheus, by OpenTelemetry's names for generative AI where it has one. */
import type { LabelValues, MetricObjectWithValues, MetricValue, Registry } from 'prom-client'
import type { LedgerStatus } from '../metering/failover-ledger.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Sink } from '../pipeline/ports.ts'
import { createBoundedLabel, createModelLabel, errorType, operationOf } from './labels.ts'

/** What metrics tell besides exchanges. */
export interface MetricsFacts {
  readonly mode: string
  readonly version: string
  /** Takes secrets out of a text. */
  readonly clean: (text: string) => string
  /** How a shared ledger is; `undefined` where there is none. */
  readonly ledger?: (() => LedgerStatus) | undefined
}

export interface Metrics {
  readonly sink: Sink
  /** All counts, in Prometheus' text format. */
  text(): Promise<MetricsText>
  /** The same as values, to be added to those of other processes. */
  values(): Promise<MetricsValues>
}

export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

export type MetricsValues = readonly MetricObjectWithValues<MetricValue<string>>[]

type Client = typeof import('prom-client')

/** https://github.com/open-telemetry/semantic-conventions-genai, metrics: the buckets that it advises. */
const TOKEN_BUCKETS = Array.from({ length: 14 }, (_, power) => 4 ** power)
const SECOND_BUCKETS = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power)

/** The library is loaded for the first exchange, or the first question. */
export function createMetrics(facts: MetricsFacts): Metrics {
  let counting: Counting | undefined
  let loading: Promise<Counting> | undefined
  const load = (): Promise<Counting> =>
    (loading ??= import('prom-client').then((module) => (counting = createCounting(module.default ?? module, facts))))
  return {
    sink: {
      name: 'metrics',
      immediate: true,
      settle: (exchange) => (counting ? counting.count(exchange) : load().then(({ count }) => count(exchange)))
    },
    async text() {
      const { registry, readLedger } = await load()
      readLedger()
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
    async values() {
      const { registry, readLedger } = await load()
      readLedger()
      return registry.getMetricsAsJSON()
    }
  }
}

/** The counts of several processes in one text. */
export async function sumMetrics(all: readonly MetricsValues[]): Promise<MetricsText> {
  const module = await import('prom-client')
  const registry = (module.default ?? module).AggregatorRegistry.aggregate(all.map((values) => [...values]))
  return { contentType: registry.contentType, text: await registry.metrics() }
}

interface Counting {
  readonly registry: Registry
  count(exchange: Exchange): void
  readLedger(): void
}

function createCounting(client: Client, facts: MetricsFacts): Counting {
  const registry = new client.Registry()
  const registers = [registry]
  new client.Gauge({
    name: 'openai_proxy_info',
    help: 'Version and mode of the proxy; always 1.',
    labelNames: ['version', 'mode'],
    aggregator: 'first',
    registers
  }).set({ version: facts.version, mode: facts.mode }, 1)
  const modelOf = createModelLabel(facts.clean)
  const counts = [
    countExchanges(client, registers),
    countOperations(client, registers, modelOf),
    countMoney(client, registers, modelOf)
  ]
  return {
    registry,
    count(exchange) {
      for (const count of counts) count(exchange)
    },
    readLedger: facts.ledger ? showLedger(client, registers, facts.ledger) : () => undefined
  }
}

type Count = (exchange: Exchange) => void

function countExchanges({ Counter }: Client, registers: Registry[]): Count {
  const exchanges = new Counter({
    name: 'openai_proxy_exchanges_total',
    help: 'Exchanges, by who answered (upstream, tape, proxy), how they ended, and status (none: the client left before).',
    labelNames: ['provider', 'source', 'outcome', 'status'],
    registers
  })
  const refusals = new Counter({
    name: 'openai_proxy_refusals_total',
    help: 'Exchanges that the proxy refused, by rule (none: refused for another reason, which the code says).',
    labelNames: ['rule', 'code'],
    registers
  })
  const codeOf = createBoundedLabel()
  return ({ provider, source, outcome, response, verdict, error }) => {
    exchanges.inc({ provider, source, outcome, status: response ? String(response.status) : 'none' })
    if (verdict.kind === 'block') refusals.inc({ rule: verdict.rule, code: codeOf(verdict.code) })
    else if (outcome === 'refused') refusals.inc({ rule: 'none', code: codeOf(error?.code ?? 'unknown') })
  }
}

type ModelOf = (exchange: Exchange) => string

function countOperations({ Histogram }: Client, registers: Registry[], modelOf: ModelOf): Count {
  const labelNames = ['gen_ai_provider_name', 'gen_ai_operation_name', 'gen_ai_request_model', 'source'] as const
  const tokens = new Histogram({
    name: 'gen_ai_client_token_usage',
    help: 'Tokens of each call, input and output, as the answer told them.',
    labelNames: [...labelNames, 'gen_ai_token_type'],
    buckets: TOKEN_BUCKETS,
    registers
  })
  const durations = new Histogram({
    name: 'gen_ai_client_operation_duration_seconds',
    help: 'Seconds from the request to the end of the answer.',
    labelNames: [...labelNames, 'error_type'],
    buckets: SECOND_BUCKETS,
    registers
  })
  const firstChunks = new Histogram({
    name: 'gen_ai_client_operation_time_to_first_chunk_seconds',
    help: 'Seconds from the request to the first byte of a stream.',
    labelNames,
    buckets: SECOND_BUCKETS,
    registers
  })
  return (exchange) => {
    const { call, source, outcome, provider, usage, firstByteMs } = exchange
    // What the proxy refused never was an operation of a model.
    if (!call?.isModelEndpoint || (source === 'proxy' && outcome !== 'broken')) return
    const [operation, model] = [operationOf(exchange), modelOf(exchange)]
    const labels = (own?: LabelValues<string>): LabelValues<string> => {
      const shared = { gen_ai_provider_name: provider, gen_ai_operation_name: operation, gen_ai_request_model: model, source }
      return Object.assign(shared, own)
    }
    if (usage?.inputTokens !== undefined) tokens.observe(labels({ gen_ai_token_type: 'input' }), usage.inputTokens)
    if (usage?.outputTokens !== undefined) tokens.observe(labels({ gen_ai_token_type: 'output' }), usage.outputTokens)
    durations.observe(labels({ error_type: errorType(exchange) }), exchange.durationMs / 1000)
    if (call.stream && firstByteMs !== undefined) firstChunks.observe(labels(), firstByteMs / 1000)
  }
}

function countMoney({ Counter }: Client, registers: Registry[], modelOf: ModelOf): Count {
  const labelNames = ['provider', 'model'] as const
  const spent = new Counter({
    name: 'openai_proxy_cost_usd_total',
    help: 'US dollars spent on calls to the real APIs, as far as prices are known.',
    labelNames,
    registers
  })
  const saved = new Counter({
    name: 'openai_proxy_saved_usd_total',
    help: 'US dollars that calls answered from cassettes would have cost.',
    labelNames,
    registers
  })
  const unpriced = new Counter({
    name: 'openai_proxy_unpriced_total',
    help: 'Answered calls to the real APIs of which at least a part has no known price, or that ended early: the true cost is higher.',
    labelNames,
    registers
  })
  return (exchange) => {
    const { provider, source, cost, usage, call, response } = exchange
    if (source === 'proxy' || !call?.isModelEndpoint) return
    const labels = { provider, model: modelOf(exchange) }
    if (cost) (source === 'tape' ? saved : spent).inc(labels, cost.microUsd / 1_000_000)
    const isAnswered = response !== undefined && response.status < 400
    if (source === 'upstream' && isAnswered && (cost?.complete !== true || usage?.partial)) unpriced.inc(labels)
  }
}

/** The ledger is asked when somebody looks. */
function showLedger({ Gauge }: Client, registers: Registry[], ledger: () => LedgerStatus): () => void {
  const gauge = (name: string, help: string, aggregator: 'sum' | 'min' = 'sum'): InstanceType<Client['Gauge']> =>
    new Gauge({ name, help, aggregator, registers })
  const up = gauge('openai_proxy_ledger_up', '1 while the shared ledger answers, 0 while it does not.', 'min')
  const failures = gauge('openai_proxy_ledger_failures', 'Operations of the shared ledger that failed since the start.')
  const pending = gauge('openai_proxy_ledger_pending', 'Settlements that wait until the shared ledger is back.')
  return () => {
    const status = ledger()
    up.set(status.state === 'ok' ? 1 : 0)
    failures.set(status.failures)
    pending.set(status.pending)
  }
}
