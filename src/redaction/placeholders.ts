/** Gives each secret one placeholder, typed and numbered: `<openai-key:1>`, the same wherever the secret stands. */
import { toKind } from './kinds.ts'

/** What becomes of placeholders that others have written meanwhile: one stands for one secret, whoever writes to a cassette. */
export interface PlaceholderNumbers {
  /**
   * The placeholder that is to be written in the place of one: another number, where it was given here and stands for another secret
   * there. It stays so from then on.
   * @param isTaken whether a placeholder has been written by now
   */
  settle(placeholder: string, isTaken: (placeholder: string) => boolean): string
  /** Notes that one has been written, and is no longer to be given up. */
  wrote(placeholder: string): void
}

export interface Placeholders extends PlaceholderNumbers {
  /** @param kind asked of a new value. In kebab case; what is none of the known kinds is made one of a user's own */
  of(value: string, kind: () => string): string
}

/** @param from texts whose placeholders are taken: numbering goes on behind them */
export function createPlaceholders(from: Iterable<string> = []): Placeholders {
  const last = new Map<string, number>()
  for (const text of from) {
    for (const [, kind = '', number] of text.matchAll(/<([a-z][a-z0-9-]*):(\d{1,9})>/g)) {
      last.set(kind, Math.max(last.get(kind) ?? 0, Number(number)))
    }
  }
  const given = new Map<string, string>()
  /** The secret of each, until it is written. */
  const open = new Map<string, { readonly value: string; readonly kind: string }>()
  const moved = new Map<string, string>()

  function give(value: string, kind: string): string {
    const number = (last.get(kind) ?? 0) + 1
    last.set(kind, number)
    const placeholder = `<${kind}:${number}>`
    given.set(value, placeholder)
    open.set(placeholder, { value, kind })
    return placeholder
  }

  return {
    of: (value, kind) => given.get(value) ?? give(value, toKind(kind())),
    settle(placeholder, isTaken) {
      let current = placeholder
      for (let next = moved.get(current); next !== undefined; next = moved.get(current)) current = next
      for (let own = open.get(current); own && isTaken(current); own = open.get(current)) {
        const next = give(own.value, own.kind)
        open.delete(current)
        moved.set(current, next)
        current = next
      }
      return current
    },
    wrote: (placeholder) => void open.delete(placeholder)
  }
}

/** Numbers for texts that were written elsewhere: each placeholder keeps its number, or gets the next free one. */
export function createMovedNumbers(): PlaceholderNumbers {
  const moved = new Map<string, string>()
  const used = new Set<string>()
  return {
    settle(placeholder, isTaken) {
      const known = moved.get(placeholder)
      if (known !== undefined) return known
      const [, kind, first] = /^<(.+):(\d+)>$/.exec(placeholder)!
      let current = placeholder
      for (let number = Number(first) + 1; isTaken(current) || used.has(current); number += 1) current = `<${kind}:${number}>`
      moved.set(placeholder, current)
      used.add(current)
      return current
    },
    wrote: () => undefined
  }
}

/** Whether a text is one placeholder and nothing else. */
export function isPlaceholder(text: string): boolean {
  return /^<[a-z][a-z0-9-]*:\d{1,9}>$/.test(text)
}
