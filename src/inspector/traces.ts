/** Sends a span of each exchange to a collector, by OTLP over HTTP, with OpenTelemetry's own packages where they are installed. */
import type { Context, Tracer } from '@opentelemetry/api'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Sink } from '../pipeline/ports.ts'
import { describeSpan, readTraceParent, type SpanParts } from './spans.ts'

export interface TracesOptions extends SpanParts {
  /** The whole address that spans are sent to. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly serviceName: string
  /** Of this package. */
  readonly version: string
  /** One line for the operator: spans cannot be delivered any more, or again. */
  readonly report: (message: string) => void
}

/** Spans cannot be made; the message says what to do. */
export class TracesError extends Error {
  readonly code = 'missing_package'

  constructor(cause: unknown) {
    super(
      'Spans (OTEL_EXPORTER_OTLP_ENDPOINT) need packages of OpenTelemetry. Install them: ' +
        `npm install ${PACKAGES.join(' ')}, or leave the endpoint empty for no spans.`,
      { cause }
    )
    this.name = 'TracesError'
  }
}

const PACKAGES = [
  '@opentelemetry/api',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/exporter-trace-otlp-proto'
]

/** Longest wait for the last spans when the proxy closes, in milliseconds. */
const FLUSH_MS = 3000

/**
 * Makes the sink. Spans are sent in batches, by the standard variables of the exporter (`OTEL_EXPORTER_OTLP_TIMEOUT` …) where
 * they are set; nothing is registered for the rest of the process.
 * @throws {@link TracesError} where a package is missing
 */
export async function openTraces(options: TracesOptions): Promise<Sink> {
  const [api, resources, sdk, otlp] = await loadPackages()
  const { url, headers = {}, serviceName, version } = options
  const exporter = reporting(new otlp.OTLPTraceExporter({ url, headers: { ...headers } }), options)
  const named = resources.resourceFromAttributes({ 'service.name': serviceName })
  const given = resources.detectResources({ detectors: [resources.envDetector] })
  const provider = new sdk.TracerProvider({
    resource: resources.defaultResource().merge(given).merge(named),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })]
  })
  const tracer = provider.getTracer('openai-proxy', version)
  return {
    name: 'spans',
    settle: (exchange) => endSpan(api, tracer, exchange, options),
    close: () => withinFlush(provider.shutdown())
  }
}

type Api = typeof import('@opentelemetry/api')

async function loadPackages(): Promise<
  [
    Api,
    typeof import('@opentelemetry/resources'),
    typeof import('@opentelemetry/sdk-trace'),
    typeof import('@opentelemetry/exporter-trace-otlp-proto')
  ]
> {
  try {
    return await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-proto')
    ])
  } catch (error) {
    throw new TracesError(error)
  }
}

/** The whole span at once, with the times of the exchange. */
function endSpan(api: Api, tracer: Tracer, exchange: Exchange, parts: SpanParts): void {
  const { name, attributes, failed } = describeSpan(exchange, parts)
  const { openedAt, durationMs } = exchange
  const options = { kind: api.SpanKind.CLIENT, startTime: openedAt, attributes: { ...attributes } }
  const span = tracer.startSpan(name, options, parentOf(api, exchange))
  if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR })
  span.end(openedAt + durationMs)
}

/** The client's span, where it named one; what happens to run in this process meanwhile is none. */
function parentOf(api: Api, { request }: Exchange): Context {
  const parent = readTraceParent(request.headers)
  if (!parent) return api.ROOT_CONTEXT
  const { traceState: text, ...ids } = parent
  const traceState = text === undefined ? {} : { traceState: api.createTraceState(text) }
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { ...ids, ...traceState, isRemote: true })
}

/** An exporter whose failures are told once, and once that they are over; whoever made the spans is not troubled. */
function reporting(exporter: SpanExporter, { url, report }: TracesOptions): SpanExporter {
  let lost = 0
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== 0
        const { host } = new URL(url)
        if (failed && lost === 0)
          report(
            `Spans cannot be delivered to ${host}: ${reasonOf(result.error)}. Calls go on; start an OTLP/HTTP collector there.`
          )
        if (!failed && lost > 0) report(`Spans are delivered to ${host} again; ${lost} are missing.`)
        lost = failed ? lost + spans.length : 0
        done({ ...result, code: 0 })
      }),
    shutdown: () => exporter.shutdown()
  }
}

/** An error that names several addresses says nothing by itself. */
function reasonOf(error: Error | undefined): string {
  const first = (error instanceof AggregateError ? error.errors[0] : error) as (Error & { readonly code?: unknown }) | undefined
  const said = [first?.code, first?.message].filter((part) => part !== undefined && part !== '')
  return said.map(String).join(' ').split('\n')[0]!.slice(0, 200) || 'for no reason that is known'
}

/** A collector that is away does not keep the proxy from closing. */
async function withinFlush(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_MS)
  })
  await Promise.race([work.catch(() => undefined), late])
  clearTimeout(timer)
}
