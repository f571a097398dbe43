/** Names what is written for each of many files: short, each its own, and never out of the folder. Pure. */

/**
 * @param files paths; no two the same
 * @returns a name for each, without an ending: the file's own, with its folders before it where two files have the same
 */
export function nameTargets(files: readonly string[]): string[] {
  const parts = files.map((file) => file.split(/[/\\]+/).filter((part) => !/^(?:\.{1,2}|[A-Za-z]:)?$/.test(part)))
  const names = parts.map((path) => nameOf(path, 1))
  for (let depth = 2; depth <= Math.max(0, ...parts.map((path) => path.length)); depth += 1) {
    const counts = countNames(names)
    for (const [index, name] of names.entries()) {
      if (counts.get(name.toLowerCase())! > 1) names[index] = nameOf(parts[index]!, depth)
    }
  }
  return numbered(names)
}

/** The last parts of a path, in the letters that a session of the base URL may have. */
function nameOf(path: readonly string[], depth: number): string {
  const whole = path
    .slice(-depth)
    .join('-')
    .replace(/(?:\.(?:ya?ml|json|har))+$/i, '')
  const clean = whole
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}\p{M}_.@+-]+/gu, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replace(/^[^\p{L}\p{N}_]+|[-.]+$/gu, '')
  // File systems take names of 255 bytes; room for a number and an ending is left.
  const characters = [...(clean === '' ? 'recording' : clean)]
  while (Buffer.byteLength(characters.join('')) > 180) characters.pop()
  return characters.join('')
}

/** File systems that know no capitals are many. */
function countNames(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1)
  return counts
}

/** What is still the same gets a number. */
function numbered(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let own = name
    for (let number = 2; taken.has(own.toLowerCase()); number += 1) own = `${name}-${number}`
    taken.add(own.toLowerCase())
    return own
  })
}
