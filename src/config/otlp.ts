/** The settings of spans: OpenTelemetry's own variables for where they are sent, and as whose. */

/** The settings of spans as `startProxy()` takes them. */
export interface SpanSettings {
  /**
   * Base address of a collector that takes OTLP over HTTP: `http://127.0.0.1:4318`. Each exchange is then one span. Needs OpenTelemetry's
   * packages beside this one.
   * @default none
   */
  readonly otlpEndpoint?: string | undefined
  /**
   * The same, as the whole address of its spans: nothing is added to it.
   * @default `otlpEndpoint` and `/v1/traces`
   */
  readonly otlpTracesEndpoint?: string | undefined
  /**
   * Headers for the collector, as an object or as `name=value,name2=value2`. Never logged.
   * @default none
   */
  readonly otlpHeaders?: string | Readonly<Record<string, string>> | undefined
  /** @default 'openai-proxy' */
  readonly otelServiceName?: string | undefined
}

/** The settings of spans, checked. */
export interface SpanConfig {
  /** `http` or `https`. */
  readonly otlpEndpoint: string | undefined
  readonly otlpTracesEndpoint: string | undefined
  readonly otlpHeaders: Readonly<Record<string, string>> | undefined
  readonly otelServiceName: string
}

/** Where spans are sent, or `undefined` where none are. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export function spansUrl({ otlpEndpoint, otlpTracesEndpoint }: SpanConfig): string | undefined {
  return otlpTracesEndpoint ?? (otlpEndpoint && `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`)
}

const EXAMPLE = 'Write name=value, with commas between them; a comma in a value is %2C.'

/** Reads headers as OpenTelemetry writes them: pairs between commas, values percent-encoded. An object's values stand as they are. */
export function readOtlpHeaders(value: unknown): Record<string, string> {
  const pairs =
    typeof value === 'string'
      ? splitPairs(value)
      : typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value as Readonly<Record<string, unknown>>)
        : undefined
  if (!pairs) throw new Error(`is no list of headers. ${EXAMPLE}`)
  return Object.fromEntries(pairs.map(([name, text], index) => [readName(name, index), readValue(text, index)]))
}

function splitPairs(list: string): [string, string][] {
  const entries = list.split(',').filter((entry) => entry.trim() !== '')
  return entries.map((entry, index) => {
    const equals = entry.indexOf('=')
    if (equals === -1) throw new Error(`its entry ${index + 1} has no value. ${EXAMPLE}`)
    return [entry.slice(0, equals).trim(), decode(entry.slice(equals + 1).trim(), index)]
  })
}

function decode(value: string, index: number): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new Error(`its entry ${index + 1} holds a % that begins no character. Write %25 for it.`)
  }
}

function readName(name: string, index: number): string {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return name.toLowerCase()
  throw new Error(`its entry ${index + 1} has a name that no header has. ${EXAMPLE}`)
}

function readValue(value: unknown, index: number): string {
  if (typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)) return value
  throw new Error(`its entry ${index + 1} has a value that no header can have. Copy it again.`)
}
