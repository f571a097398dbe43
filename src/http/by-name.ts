/** Remembers what was said of a name: the names of headers are few, and come with every message. */

/** Anybody may send other names: more than these are asked about anew. */
const MOST_NAMES = 1000

/** Longer ones are not remembered. */
const LONGEST = 100

/** @param say says the same of a name each time */
export function byName<Said>(say: (name: string) => Said): (name: string) => Said {
  const said = new Map<string, Said>()
  return (name) => {
    if (said.has(name)) return said.get(name)!
    const fresh = say(name)
    if (said.size >= MOST_NAMES) said.clear()
    if (name.length <= LONGEST) said.set(name, fresh)
    return fresh
  }
}
