/** Opens everything that finished exchanges are told to: the list, the metrics, the log, the spans. */
import type { Config } from './config/config.ts'
import { spansUrl } from './config/otlp.ts'
import { createExchangeList, type ExchangeList } from './inspector/exchange-list.ts'
import { createMetrics, type Metrics, type MetricsFacts } from './inspector/metrics.ts'
import { createLogFile } from './log/log-file.ts'
import { toLogEntry, WHOLE_ENTRY, type LogEntry } from './log/log-entry.ts'
import type { Exchange } from './pipeline/exchange.ts'
import type { Sink } from './pipeline/ports.ts'
import { cleanOrWithheld } from './redaction/own-redactor.ts'
import type { Redaction } from './redaction/redactor.ts'

export interface SinkParts {
  readonly version: string
  readonly redaction: Redaction
  readonly keepExchanges: number
  readonly ledgerState: MetricsFacts['ledger']
  readonly report: (line: string) => void
}

export interface OpenSinks {
  readonly all: readonly Sink[]
  readonly list: ExchangeList<LogEntry>
  /** An exchange as lists of exchanges show it. */
  readonly view: (exchange: Exchange) => LogEntry
  readonly metrics: Metrics
  close(): Promise<void>
}

/** @throws `LogFileError` where the log cannot be written, `TracesError` where spans are wanted and their packages are missing */
export async function openSinks(config: Config, parts: SinkParts): Promise<OpenSinks> {
  const { version, redaction, keepExchanges, ledgerState } = parts
  const view = (exchange: Exchange): LogEntry => toLogEntry(exchange, redaction, WHOLE_ENTRY)
  const list = createExchangeList(keepExchanges, view)
  const clean = (text: string): string => cleanOrWithheld(text, redaction)
  const metrics = createMetrics({ mode: config.mode, version, clean, ledger: ledgerState })
  const log = openLog(config, parts)
  const spans = await openSpans(config, parts)
  const all = [list.sink, metrics.sink, ...[log, spans].filter((sink) => sink !== undefined)]
  return { all, list, view, metrics, close: async () => void (await Promise.all(all.map((sink) => sink.close?.()))) }
}

function openLog(config: Config, { redaction, report }: SinkParts): Sink | undefined {
  if (config.logFile === false) return undefined
  const { logLevel: level, logRequests: requests, logResponses: responses, logTokens: tokens } = config
  return createLogFile({ path: config.logFile, level, requests, responses, tokens, redaction, report })
}

async function openSpans(config: Config, { version, redaction, report }: SinkParts): Promise<Sink | undefined> {
  const url = spansUrl(config)
  if (url === undefined) return undefined
  const { otlpHeaders: headers, otelServiceName: serviceName, openaiApiBaseUrl: openai, anthropicApiBaseUrl: anthropic } = config
  for (const value of Object.values(headers ?? {})) redaction.learn(value, 'otlp-header')
  const { openTraces } = await import('./inspector/traces.ts')
  return openTraces({ url, headers, serviceName, version, redaction, report, upstreams: { openai, anthropic } })
}
