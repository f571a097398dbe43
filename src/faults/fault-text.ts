/** Faults as text: `model=gpt-4o,nth=2: status=429,retry-after=1`, several of them with semicolons between. */

/** What stands there, with the names of the settings: `{ model: 'gpt-4o', nth: 2, status: 429, retryAfter: 1 }`. */
export type FaultFields = Readonly<Record<string, unknown>>

/** Fields whose text stays text, whatever it looks like. */
const TEXTS = new Set(['model', 'endpoint', 'provider', 'code', 'streamError', 'brokenToolJson'])

/** The faults of a text. Throws an `Error` that says what no field can be. */
export function parseFaults(text: string): FaultFields[] {
  return split(text, ';').map(parseFault)
}

/** A fault as text: what {@link parseFaults} reads again. */
export function writeFault(match: FaultFields, fault: FaultFields): string {
  const when = writeFields(match)
  return when === '' ? writeFields(fault) : `${when}: ${writeFields(fault)}`
}

/** Between semicolons and commas; one that belongs to a text has a backslash before it. */
function split(text: string, separator: ';' | ','): string[] {
  return text
    .split(separator === ';' ? /(?<!\\);/ : /(?<!\\),/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function parseFault(text: string): FaultFields {
  // Models may have colons in their names, faults have none.
  const colon = text.lastIndexOf(':')
  const fields = [...split(text.slice(0, Math.max(0, colon)), ','), ...split(text.slice(colon + 1), ',')].map(parseField)
  const twice = fields.find(([name], at) => fields.findIndex(([other]) => other === name) < at)
  if (twice) throw new Error(`it says ${kebab(twice[0])} twice`)
  return Object.fromEntries(fields)
}

function parseField(text: string): readonly [name: string, value: unknown] {
  const equals = text.indexOf('=')
  const word = equals === -1 ? text : text.slice(0, equals).trim()
  // What is longer may be a key that was pasted into the wrong line.
  const shown = /^[\w-]{1,24}$/.test(word) ? word : 'what it begins with'
  if (!/^[a-z]+(?:-[a-z]+)*$/.test(word) || shown !== word) throw new Error(`${shown} is no field of a fault`)
  const name = word.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  if (equals === -1) return [name, true]
  const value = text
    .slice(equals + 1)
    .trim()
    .replace(/\\([,;])/g, '$1')
  return [name, name === 'nth' ? parseNumbers(value) : parseValue(name, value)]
}

function parseValue(name: string, value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true'
  return !TEXTS.has(name) && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value
}

/** `2`, `1+3`, `1-3`. */
function parseNumbers(value: string): unknown {
  const runs = value.split('+').map((run) => /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(run))
  if (runs.some((run) => !run)) return value
  const numbers = runs.flatMap((run) => {
    const [, first, last = first] = run!
    return Array.from({ length: Math.min(10_000, Math.max(0, Number(last) - Number(first) + 1)) }, (_, at) => Number(first) + at)
  })
  return numbers.length === 1 ? numbers[0] : numbers
}

function writeFields(fields: FaultFields): string {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined)
  return said.map(([name, value]) => (value === true ? kebab(name) : `${kebab(name)}=${writeValue(value)}`)).join(',')
}

function writeValue(value: unknown): string {
  return Array.isArray(value) ? value.join('+') : String(value).replace(/[,;]/g, String.raw`\$&`)
}

/** `retryAfter` as text has it: `retry-after`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
