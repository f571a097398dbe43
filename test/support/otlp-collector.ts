/** A collector on loopback that takes spans by OTLP over HTTP, in protobuf as exporters send it. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  readonly name: string
  /** 3: client. https://github.com/open-telemetry/opentelemetry-proto */
  readonly kind: number
  /** Milliseconds since 1970. */
  readonly start: number
  readonly end: number
  readonly attributes: Readonly<Record<string, unknown>>
  /** 0 unset, 2 error. */
  readonly status: number
  readonly resource: Readonly<Record<string, unknown>>
}

export interface Collector extends AsyncDisposable {
  readonly url: string
  readonly spans: ReceivedSpan[]
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[]
  /** What it answers from now on. */
  answer(status: number): void
  close(): Promise<void>
}

export async function startCollector(port = 0): Promise<Collector> {
  const spans: ReceivedSpan[] = []
  const requests: Collector['requests'] = []
  let status = 200
  const server = createServer(async (request, response) => {
    const bytes = await buffer(request)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
    requests.push({ path: request.url!, headers: request.headers, body })
    if (status === 200) spans.push(...readExport(body))
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    answer: (next) => (status = next),
    close,
    [Symbol.asyncDispose]: close
  }
}

/** A message's fields by number: numbers as bigint, everything else as bytes. https://protobuf.dev/programming-guides/encoding/ */
type Fields = ReadonlyMap<number, readonly (bigint | Buffer)[]>

function readFields(bytes: Buffer): Fields {
  const fields = new Map<number, (bigint | Buffer)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const kind = tag & 7
    let value: bigint | Buffer
    if (kind === 0) value = varint()
    else {
      const length = kind === 2 ? Number(varint()) : kind === 1 ? 8 : 4
      value = bytes.subarray(at, (at += length))
    }
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value])
  }
  return fields
}

const messages = (fields: Fields, number: number): Fields[] =>
  (fields.get(number) ?? []).map((bytes) => readFields(bytes as Buffer))
const text = (fields: Fields, number: number): string => String(fields.get(number)?.[0] ?? '')
const hex = (fields: Fields, number: number): string =>
  ((fields.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0)).toString('hex')
const time = (fields: Fields, number: number): number => Number((fields.get(number)![0] as Buffer).readBigUInt64LE() / 1_000_000n)

function readExport(bytes: Buffer): ReceivedSpan[] {
  return messages(readFields(bytes), 1).flatMap((group) => {
    const resource = readAttributes(messages(group, 1)[0]!, 1)
    return messages(group, 2).flatMap((scope) => messages(scope, 2).map((span) => readSpan(span, resource)))
  })
}

function readSpan(span: Fields, resource: ReceivedSpan['resource']): ReceivedSpan {
  return {
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    traceState: text(span, 3),
    parentSpanId: hex(span, 4),
    name: text(span, 5),
    kind: Number(span.get(6)?.[0]),
    start: time(span, 7),
    end: time(span, 8),
    attributes: readAttributes(span, 9),
    status: Number(messages(span, 15)[0]?.get(3)?.[0] ?? 0),
    resource
  }
}

function readAttributes(holder: Fields, number: number): Record<string, unknown> {
  return Object.fromEntries(messages(holder, number).map((pair) => [text(pair, 1), readValue(messages(pair, 2)[0]!)]))
}

function readValue(value: Fields): unknown {
  const [kind, [content] = []] = [...value][0] ?? []
  switch (kind) {
    case 2:
      return content === 1n
    case 3:
      return Number(content)
    case 4:
      return (content as Buffer).readDoubleLE()
    case 5:
      return messages(readFields(content as Buffer), 1).map(readValue)
    default:
      return String(content)
  }
}
