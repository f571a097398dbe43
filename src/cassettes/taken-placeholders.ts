/** Notes which placeholders a cassette holds, so that none of them is given to another secret. */

/** As many characters as a placeholder may have, with `<` and `>`. */
const LONGEST = 80

const LESS_THAN = 0x3c

const PLACEHOLDER = /^<([a-z][a-z0-9-]*):(\d{1,9})>/

export interface TakenPlaceholders {
  add(document: Buffer): void
  /** Whether one stands anywhere. */
  has(placeholder: string): boolean
  /** The one with the highest number of each kind: `<openai-key:3>`. */
  list(): string[]
}

export function createTakenPlaceholders(): TakenPlaceholders {
  const highest = new Map<string, number>()
  const all = new Set<string>()
  return {
    add(document) {
      for (let at = document.indexOf(LESS_THAN); at !== -1; at = document.indexOf(LESS_THAN, at + 1)) {
        if (!isSmallLetter(document[at + 1])) continue
        const [placeholder, kind, number] = PLACEHOLDER.exec(document.toString('latin1', at, at + LONGEST)) ?? []
        if (placeholder === undefined || kind === undefined) continue
        all.add(placeholder)
        highest.set(kind, Math.max(highest.get(kind) ?? 0, Number(number)))
      }
    },
    has: (placeholder) => all.has(placeholder),
    list: () => [...highest].map(([kind, number]) => `<${kind}:${number}>`)
  }
}

function isSmallLetter(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x61 && byte <= 0x7a
}
