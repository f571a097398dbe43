/** The ways in which a text may be read: as it is, with its capitals taken for what they look like, and with escapes decoded. */
import { decodeEscapes } from './decode-escapes.ts'
import { normaliseText, readCapitals } from './normalise.ts'

/** Escapes within escapes (`&amp;#105;`) are decoded so many times. */
const MOST_LAYERS = 4

/** Tag characters: an invisible ASCII that models read. */
const TAGS = /[\u{E0020}-\u{E007E}]/gu

/** The normalised readings of a text, each once; the first is the text as it stands. */
export function textViews(text: string): string[] {
  const views = new Set([normaliseText(text)])
  const capitals = readCapitals(text)
  if (capitals !== undefined) views.add(normaliseText(capitals))
  const tagged = text.replace(TAGS, (tag) => String.fromCodePoint(tag.codePointAt(0)! - 0xe0000))
  if (tagged !== text) views.add(normaliseText(tagged))
  const undecoded = [...views]
  for (const view of undecoded) {
    let layer = view
    for (let depth = 0; depth < MOST_LAYERS; depth += 1) {
      const decoded = decodeEscapes(layer)
      if (decoded === layer) break
      layer = normaliseText(decoded)
      views.add(layer)
    }
  }
  return [...views]
}
