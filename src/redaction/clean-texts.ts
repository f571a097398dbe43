/** Remembers texts in which nothing was found: agents send the whole conversation again with each turn, and every call the same headers. */

/** What was looked at, and was clean. */
export interface CleanTexts {
  has(text: string): boolean
  add(text: string): void
}

/** Most characters that are remembered; twice as many while the older half is still of use. */
const MOST_CHARACTERS = 1024 * 1024

/** Longer texts are not remembered. */
const LONGEST = 128 * 1024

/** Forgets at once: for looks that need not give the same twice. */
export const NO_MEMORY: CleanTexts = { has: () => false, add: () => undefined }

/**
 * Texts that come again stay; the others go when as many newer ones have come.
 * @param learned how many values are known to be secret: what was clean before there were more is looked at again
 */
export function createCleanTexts(learned: () => number, most: number = MOST_CHARACTERS): CleanTexts {
  // Each under itself: what is kept longer is the text that was kept, not the equal one that was asked for.
  let recent = new Map<string, string>()
  let older = new Map<string, string>()
  let characters = 0
  let known = learned()

  function keep(text: string): void {
    recent.set(text, text)
    characters += text.length
    if (characters < most) return
    older = recent
    recent = new Map()
    characters = 0
  }

  function forgetWhatIsOld(): void {
    if (learned() === known) return
    known = learned()
    recent.clear()
    older.clear()
    characters = 0
  }

  return {
    has(text) {
      forgetWhatIsOld()
      if (recent.has(text)) return true
      const kept = older.get(text)
      if (kept === undefined) return false
      older.delete(kept)
      keep(kept)
      return true
    },
    add(text) {
      forgetWhatIsOld()
      if (text.length <= LONGEST && !HALF.test(text)) keep(copyOf(text))
    }
  }
}

/** Half a character, which no copy has. */
const HALF = /\p{Surrogate}/u

/** A part of a text keeps the whole of it in memory; its copy does not. */
export function copyOf(text: string): string {
  return Buffer.from(text).toString()
}
