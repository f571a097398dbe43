/** What `cassetteHandlers()` takes: a cassette, and the options of `startProxy()` that make sense without a port. */
import { ConfigError } from '../config/config-error.ts'
import type { ProxyOptions } from '../proxy.ts'

/** A cassette at hand as text. It is only replayed. */
export interface CassetteText {
  /** What its file holds. */
  readonly text: string
  /**
   * As messages name it.
   * @default 'cassette'
   */
  readonly name?: string
  /** The files beside it that it names, by their names (`weather.files/3f2a….bin`). */
  readonly files?: Readonly<Record<string, Uint8Array>>
}

/**
 * A cassette. A name or a file as `startProxy()` takes it: `weather` is `recordings/weather.yaml`. In a page that is an address below
 * the page's own. A `URL` is a file in Node, and an address in a page.
 */
export type CassetteSource = string | URL | CassetteText

/**
 * Every option of `startProxy()` but those of a port. In a page, where a cassette is only replayed, those that need a disk, a process
 * or the network are refused.
 */
export interface MswOptions extends Omit<ProxyOptions, 'cassette' | 'host' | 'listen' | 'port'> {
  /**
   * What reports call it: a test's name.
   * @default the cassette
   */
  readonly title?: string
}

/** Who takes the options, as messages name it. */
export const TAKER = 'cassetteHandlers()'

/** Options that only a proxy with a port has. */
const PORT_OPTIONS = ['cassette', 'host', 'listen', 'port'] as const satisfies readonly (keyof ProxyOptions)[]

/** Throws `ConfigError`. */
export function checkPortless(options: object): void {
  const wrong = PORT_OPTIONS.filter((key) => Object.hasOwn(options, key))
  if (wrong.length === 0) return
  const why = 'is an option of startProxy() only: here there is no port, and the cassette is named first.'
  throw new ConfigError(wrong.map((key) => `${TAKER}: ${key} ${why}`))
}

/** What reports call it. */
export function titleOf(cassette: CassetteSource, { title }: MswOptions): string {
  if (title !== undefined) return title
  return typeof cassette === 'object' && 'text' in cassette ? (cassette.name ?? 'cassette') : String(cassette)
}
