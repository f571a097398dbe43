/** Finds the name that somebody meant: mistyped settings are told, not ignored. */
import { FILE_KEYS, SETTINGS, VARIABLES } from './settings.ts'

/** `PORT` and `HOST` are near to too many good names (`POST`, `HOME`). */
const GUARDED = VARIABLES.map(({ variable }) => variable).filter((variable) => variable.length > 5)

/**
 * The variable that a name was probably meant to be; `undefined` where it is one, or is near to none.
 * A name with a number at its end (`OPENAI_API_KEY_2`) is meant as it stands.
 */
export function nearVariable(name: string): string | undefined {
  if (VARIABLES.some(({ variable }) => variable === name)) return undefined
  const upper = name.toUpperCase()
  return GUARDED.find((known) => {
    if (new RegExp(`^${known}_?\\d+$`).test(upper)) return false
    return isWithin(upper, known, known.length < 10 ? 1 : 2)
  })
}

/** Every name that begins so is meant for this program. */
const OWN = /^OPENAI_PROXY_/i

/** Kubernetes tells every container of a service called `openai-proxy` by variables like `OPENAI_PROXY_PORT_8000_TCP_ADDR`. */
const OF_A_SERVICE = /^OPENAI_PROXY_(?:SERVICE_|PORT$|PORT_\d+_(?:TCP|UDP|SCTP))/

/** A variable that looks like a setting and is none. */
export interface StrangeVariable {
  readonly message: string
  /** Whether it can mean nothing but this program; other names may be another program's. */
  readonly isOurs: boolean
}

/** Looks for them; a limit that is not in force because its name was mistyped looks like one that is. */
export function strangeVariables(names: readonly string[], place: string): StrangeVariable[] {
  return names.flatMap((name) => {
    const isOurs = OWN.test(name)
    if (VARIABLES.some(({ variable }) => variable === name) || OF_A_SERVICE.test(name)) return []
    const near = nearVariable(name)
    if (near === undefined && !isOurs) return []
    const advice = near === undefined ? '. Take it out; openai-proxy --help names them all.' : `, did you mean ${near}?`
    return [{ message: `${name} in ${place}: no setting has this name${advice}`, isOurs }]
  })
}

/** What to do about a name that neither the configuration file nor `startProxy()` knows. */
export function unknownKey(key: string): string {
  const named = SETTINGS.find((setting) => setting.variable === key && !setting.outside)
  const lower = key.toLowerCase()
  const near = named?.key ?? FILE_KEYS.find((known) => isWithin(lower, known.toLowerCase(), known.length < 6 ? 1 : 3))
  const shown = JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key)
  return near
    ? `unknown key ${shown}, did you mean "${near}"?`
    : `unknown key ${shown}. Take it out; known are: ${FILE_KEYS.join(', ')}.`
}

/** Whether at most `limit` characters must be changed, added, left out or swapped with their neighbour. */
function isWithin(a: string, b: string, limit: number): boolean {
  if (Math.abs(a.length - b.length) > limit) return false
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforeLast[j - 2]! + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]! <= limit
}
