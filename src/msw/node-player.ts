/** What answers behind the handlers in Node: `startProxy()` without a port. */
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../config/config-error.ts'
import { checkPortless, TAKER, type CassetteSource, type MswOptions } from './options.ts'
import type { Player } from './player.ts'

/** Throws `ConfigError` or `CassetteError`. */
export async function openInNode(cassette: CassetteSource, { title: _title, ...options }: MswOptions): Promise<Player> {
  if (typeof cassette === 'object' && 'text' in cassette)
    return (await import('./text-player.ts')).openTextPlayer(cassette, options)
  checkPortless(options)
  const { startProxy } = await import('../proxy.ts')
  return startProxy({ ...options, cassette: placeOf(cassette), listen: false }, TAKER)
}

function placeOf(cassette: string | URL): string {
  if (typeof cassette === 'string') return cassette
  if (cassette.protocol === 'file:') return fileURLToPath(cassette)
  throw new ConfigError([
    `${TAKER}: ${cassette.protocol}// is no file. In Node a cassette is a name, a file, a file: URL, or { text }.`
  ])
}
