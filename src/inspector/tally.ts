/** Counts and histograms as plain numbers: every call adds to some of them, and only who asks has them written by a library. */
import type { LabelValues, MetricObjectWithValues, MetricValue } from 'prom-client'

/** A metric and its values, as prom-client gives and takes them. */
export type MetricValues = MetricObjectWithValues<MetricValue<string>>

/** What a metric is. */
export interface MetricNames {
  readonly name: string
  /** One sentence for people. */
  readonly help: string
  readonly labelNames: readonly string[]
  /**
   * How the values of several processes become one.
   * @default 'sum'
   */
  readonly aggregator?: 'sum' | 'min' | 'first'
}

export interface Counter {
  /** @param labels a value for each label name, in their order @param by @default 1 */
  add(labels: readonly string[], by?: number): void
  read(): MetricValues
}

export interface Histogram {
  /** @param labels a value for each label name, in their order */
  observe(labels: readonly string[], value: number): void
  read(): MetricValues
}

export function createCounter(names: MetricNames): Counter {
  const series = createSeries((labels) => ({ labels, value: 0 }))
  return {
    add(labels, by = 1) {
      series.of(labels).value += by
    },
    read: () =>
      metric(
        names,
        'counter',
        series.all().map(({ labels, value }) => ({ value, labels: named(names, labels) }))
      )
  }
}

/** A value that is asked for when somebody looks. */
export function readGauge(names: MetricNames, labels: readonly string[], value: number): MetricValues {
  return metric(names, 'gauge', [{ value, labels: named(names, labels) }])
}

/** @param bounds the upper bounds of its buckets, rising */
export function createHistogram(names: MetricNames, bounds: readonly number[]): Histogram {
  const series = createSeries((labels) => ({ labels, counts: bounds.map(() => 0), sum: 0, count: 0 }))
  return {
    observe(labels, value) {
      const one = series.of(labels)
      let bucket = 0
      while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1
      if (bucket < bounds.length) one.counts[bucket]! += 1
      one.sum += value
      one.count += 1
    },
    read: () =>
      metric(
        names,
        'histogram',
        series.all().flatMap((one) => samplesOf(one, names, bounds))
      )
  }
}

/** Each bucket holds those below it, too. https://prometheus.io/docs/concepts/metric_types/#histogram */
function samplesOf(
  { labels, counts, sum, count }: { labels: readonly string[]; counts: readonly number[]; sum: number; count: number },
  names: MetricNames,
  bounds: readonly number[]
): MetricValue<string>[] {
  const own = named(names, labels)
  let below = 0
  const buckets = bounds.map((le, at) => ({ le, value: (below += counts[at]!) }))
  const sample = (what: string, value: number, all: LabelValues<string>) => ({
    value,
    metricName: `${names.name}_${what}`,
    labels: all
  })
  return [
    ...[...buckets, { le: '+Inf', value: count }].map(({ le, value }) => sample('bucket', value, { le, ...own })),
    sample('sum', sum, own),
    sample('count', count, own)
  ]
}

/** One entry for each combination of labels. */
function createSeries<One>(create: (labels: readonly string[]) => One): { of(labels: readonly string[]): One; all(): One[] } {
  const entries = new Map<string, One>()
  return {
    of(labels) {
      const key = labels.join('\0')
      const known = entries.get(key)
      if (known !== undefined) return known
      const created = create(labels)
      entries.set(key, created)
      return created
    },
    all: () => [...entries.values()]
  }
}

function named({ labelNames }: MetricNames, labels: readonly string[]): LabelValues<string> {
  return Object.fromEntries(labelNames.map((name, at) => [name, labels[at]!]))
}

/** The library's types have a number for each type of metric, where the library itself has a word. */
function metric({ name, help, aggregator = 'sum' }: MetricNames, type: string, values: MetricValue<string>[]): MetricValues {
  return { name, help, type, values, aggregator } as unknown as MetricValues
}
