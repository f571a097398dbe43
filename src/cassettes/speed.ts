/** How fast recordings play. */

/** `0`: at once; `1`: as recorded; `2`: twice as fast; or so many tokens in a second, whatever was recorded. */
export type Speed = number | { readonly tokensPerSecond: number }

/** Reads `instant`, `recorded`, `2x`, `0.5x`, `50 tokens/s`. Throws an `Error` that names the choices. */
export function parseSpeed(text: string): Speed {
  const plain = text.trim().toLowerCase()
  if (plain === 'instant') return 0
  if (plain === 'recorded') return 1
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(x|tokens?\/s)$/.exec(plain) ?? []
  if (number !== undefined && Number(number) > 0) return unit === 'x' ? Number(number) : { tokensPerSecond: Number(number) }
  throw new Error(`"${text}" is no speed. Use ${SPEEDS}.`)
}

/** The choices, for messages. */
export const SPEEDS = 'instant, recorded, a factor such as 2x or 0.5x, or tokens in a second such as "50 tokens/s"'
