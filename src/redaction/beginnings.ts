/** Finds where any of many words begins: one pass over the text, however many there are. */

/** Words with what they mean, looked for together. */
export interface Beginnings<Meaning> {
  /** @param word three characters at least; the same one may mean several things */
  add(word: string, meaning: Meaning): void
  /** Tells every word that stands in a text, in order of its places. */
  find(text: string, met: (meaning: Meaning, start: number, end: number) => void): void
}

export function createBeginnings<Meaning>(): Beginnings<Meaning> {
  /** By the number of their first characters. */
  const words = new Map<number, { readonly word: string; readonly meaning: Meaning }[]>()
  const begins = new Uint8Array(65_536)
  let isEmpty = true
  return {
    add(word, meaning) {
      const code = next(next(next(0, word.charCodeAt(0)), word.charCodeAt(1)), word.charCodeAt(2))
      words.set(code, [...(words.get(code) ?? []), { word, meaning }])
      begins[code] = 1
      isEmpty = false
    },
    find(text, met) {
      if (isEmpty) return
      let code = next(next(0, text.charCodeAt(0)), text.charCodeAt(1))
      for (let at = 2; at < text.length; at += 1) {
        code = next(code, text.charCodeAt(at))
        if (begins[code] === 0) continue
        for (const { word, meaning } of words.get(code)!) {
          if (text.startsWith(word, at - 2)) met(meaning, at - 2, at - 2 + word.length)
        }
      }
    }
  }
}

/** A number of the last three characters, within 16 bits: an older one is shifted out. */
function next(code: number, character: number): number {
  return ((code << 6) ^ character) & 0xffff
}
