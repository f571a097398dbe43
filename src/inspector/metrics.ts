/** Counts exchanges for Prometheus, by OpenTelemetry's names for generative AI where it has one. */
import type { LedgerStatus } from '../metering/failover-ledger.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Sink } from '../pipeline/ports.ts'
import { createBoundedLabel, createModelLabel, errorType, operationOf } from './labels.ts'
import { createCounter, createHistogram, readGauge, type MetricValues } from './tally.ts'

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
  values(): MetricsValues
}

export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

export type MetricsValues = readonly MetricValues[]

/** https://github.com/open-telemetry/semantic-conventions-genai, metrics: the buckets that it advises. */
const TOKEN_BUCKETS = Array.from({ length: 14 }, (_, power) => 4 ** power)
const SECOND_BUCKETS = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power)

export function createMetrics(facts: MetricsFacts): Metrics {
  const modelOf = createModelLabel(facts.clean)
  const groups = [countExchanges(), countOperations(modelOf), countMoney(modelOf)]
  const values = (): MetricsValues => [
    readInfo(facts),
    ...groups.flatMap(({ read }) => read()),
    ...(facts.ledger ? readLedger(facts.ledger()) : [])
  ]
  return {
    sink: {
      name: 'metrics',
      immediate: true,
      settle(exchange) {
        for (const { count } of groups) count(exchange)
      }
    },
    text: () => sumMetrics([values()]),
    values
  }
}

/** The counts of several processes in one text. The library that writes it is loaded when it is first asked for. */
export async function sumMetrics(all: readonly MetricsValues[]): Promise<MetricsText> {
  const module = await import('prom-client')
  const registry = (module.default ?? module).AggregatorRegistry.aggregate(all.map((values) => [...values]))
  return { contentType: registry.contentType, text: await registry.metrics() }
}

/** Metrics that are counted together. */
interface Counting {
  count(exchange: Exchange): void
  read(): MetricValues[]
}

function readInfo({ version, mode }: MetricsFacts): MetricValues {
  const help = 'Version and mode of the proxy; always 1.'
  return readGauge({ name: 'openai_proxy_info', help, labelNames: ['version', 'mode'], aggregator: 'first' }, [version, mode], 1)
}

function countExchanges(): Counting {
  const exchanges = createCounter({
    name: 'openai_proxy_exchanges_total',
    help: 'Exchanges, by who answered (upstream, tape, proxy), how they ended, and status (none: the client left before).',
    labelNames: ['provider', 'source', 'outcome', 'status']
  })
  const refusals = createCounter({
    name: 'openai_proxy_refusals_total',
    help: 'Exchanges that the proxy refused, by rule (none: refused for another reason, which the code says).',
    labelNames: ['rule', 'code']
  })
  const codeOf = createBoundedLabel()
  return {
    count({ provider, source, outcome, response, verdict, error }) {
      exchanges.add([provider, source, outcome, response ? String(response.status) : 'none'])
      if (verdict.kind === 'block') refusals.add([verdict.rule, codeOf(verdict.code)])
      else if (outcome === 'refused') refusals.add(['none', codeOf(error?.code ?? 'unknown')])
    },
    read: () => [exchanges.read(), refusals.read()]
  }
}

type ModelOf = (exchange: Exchange) => string

function countOperations(modelOf: ModelOf): Counting {
  const labelNames = ['gen_ai_provider_name', 'gen_ai_operation_name', 'gen_ai_request_model', 'source']
  const tokens = createHistogram(
    {
      name: 'gen_ai_client_token_usage',
      help: 'Tokens of each call, input and output, as the answer told them.',
      labelNames: [...labelNames, 'gen_ai_token_type']
    },
    TOKEN_BUCKETS
  )
  const durations = createHistogram(
    {
      name: 'gen_ai_client_operation_duration_seconds',
      help: 'Seconds from the request to the end of the answer.',
      labelNames: [...labelNames, 'error_type']
    },
    SECOND_BUCKETS
  )
  const firstChunks = createHistogram(
    {
      name: 'gen_ai_client_operation_time_to_first_chunk_seconds',
      help: 'Seconds from the request to the first byte of a stream.',
      labelNames
    },
    SECOND_BUCKETS
  )
  return {
    count(exchange) {
      const { call, source, outcome, provider, usage, firstByteMs } = exchange
      // What the proxy refused never was an operation of a model.
      if (!call?.isModelEndpoint || (source === 'proxy' && outcome !== 'broken')) return
      const [operation, model] = [operationOf(exchange), modelOf(exchange)]
      if (usage?.inputTokens !== undefined) tokens.observe([provider, operation, model, source, 'input'], usage.inputTokens)
      if (usage?.outputTokens !== undefined) tokens.observe([provider, operation, model, source, 'output'], usage.outputTokens)
      durations.observe([provider, operation, model, source, errorType(exchange)], exchange.durationMs / 1000)
      if (call.stream && firstByteMs !== undefined) firstChunks.observe([provider, operation, model, source], firstByteMs / 1000)
    },
    read: () => [tokens.read(), durations.read(), firstChunks.read()]
  }
}

function countMoney(modelOf: ModelOf): Counting {
  const labelNames = ['provider', 'model']
  const spent = createCounter({
    name: 'openai_proxy_cost_usd_total',
    help: 'US dollars spent on calls to the real APIs, as far as prices are known.',
    labelNames
  })
  const saved = createCounter({
    name: 'openai_proxy_saved_usd_total',
    help: 'US dollars that calls answered from cassettes would have cost.',
    labelNames
  })
  const unpriced = createCounter({
    name: 'openai_proxy_unpriced_total',
    help: 'Answered calls to the real APIs of which at least a part has no known price, or that ended early: the true cost is higher.',
    labelNames
  })
  return {
    count(exchange) {
      const { provider, source, cost, usage, call, response } = exchange
      if (source === 'proxy' || !call?.isModelEndpoint) return
      const labels = [provider, modelOf(exchange)]
      if (cost) (source === 'tape' ? saved : spent).add(labels, cost.microUsd / 1_000_000)
      const isAnswered = response !== undefined && response.status < 400
      if (source === 'upstream' && isAnswered && (cost?.complete !== true || usage?.partial)) unpriced.add(labels)
    },
    read: () => [spent.read(), saved.read(), unpriced.read()]
  }
}

/** The ledger is asked when somebody looks. */
function readLedger({ state, failures, pending }: LedgerStatus): MetricValues[] {
  const gauge = (name: string, help: string, value: number, aggregator: 'sum' | 'min' = 'sum'): MetricValues =>
    readGauge({ name, help, labelNames: [], aggregator }, [], value)
  return [
    gauge('openai_proxy_ledger_up', '1 while the shared ledger answers, 0 while it does not.', state === 'ok' ? 1 : 0, 'min'),
    gauge('openai_proxy_ledger_failures', 'Operations of the shared ledger that failed since the start.', failures),
    gauge('openai_proxy_ledger_pending', 'Settlements that wait until the shared ledger is back.', pending)
  ]
}
