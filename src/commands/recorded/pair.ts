/** Finds which interactions of two cassettes belong together: those with equal requests, then those of the same endpoint, in order. Pure. */
import { matchKeys } from '../../cassettes/key.ts'
import type { KeptInteraction } from '../cassette-files.ts'

export interface Pairs {
  readonly pairs: readonly (readonly [KeptInteraction, KeptInteraction])[]
  readonly onlyBefore: readonly KeptInteraction[]
  readonly onlyAfter: readonly KeptInteraction[]
}

export function pairInteractions(before: readonly KeptInteraction[], after: readonly KeptInteraction[]): Pairs {
  // Whoever names two interactions wants them compared, whatever they are.
  if (before.length === 1 && after.length === 1) return { pairs: [[before[0]!, after[0]!]], onlyBefore: [], onlyAfter: [] }
  const partners = new Map<KeptInteraction, KeptInteraction>()
  const left = new Set(after)
  for (const keyOf of [exactKey, endpointKey]) {
    const waiting = new Map<string, KeptInteraction[]>()
    for (const one of left) waiting.set(keyOf(one), [...(waiting.get(keyOf(one)) ?? []), one])
    for (const one of before) {
      const partner = partners.has(one) ? undefined : waiting.get(keyOf(one))?.shift()
      if (!partner) continue
      partners.set(one, partner)
      left.delete(partner)
    }
  }
  return {
    pairs: before.flatMap((one) => (partners.has(one) ? [[one, partners.get(one)!] as const] : [])),
    onlyBefore: before.filter((one) => !partners.has(one)),
    onlyAfter: [...left]
  }
}

function exactKey({ interaction }: KeptInteraction): string {
  return matchKeys(interaction.request).exact
}

function endpointKey({ interaction: { request } }: KeptInteraction): string {
  return `${request.method} ${request.url.split('?', 1)[0]}`
}
