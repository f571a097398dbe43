/** Dresses a request in a browser's headers: its values, its order, its case; what the call itself needs stays the client's. */
import { byName } from '../http/by-name.ts'
import type { HeaderList, HeaderPair } from '../http/message.ts'

/** One place in a browser's header order. `null`: the client's own value, if it sent one. Name `*`: its other headers. */
export type ProfileHeader = readonly [name: string, value: string | null]

/** A browser's headers for a `fetch()` call, in its order and case. `Host` and `Connection` are not among them. */
export interface BrowserProfile {
  /** As people would name it, e.g. `firefox-160-windows`. */
  readonly name: string
  readonly headers: readonly ProfileHeader[]
}

/** Puts a profile on a request's headers. */
export type Dress = (headers: HeaderList) => HeaderList

/** Tell which program the client is, or speak for a browser: they stand in the profile, or nowhere. */
const CLIENTS_OWN =
  /^(?:user-agent|accept-language|sec-|x-stainless-|dnt$|priority$|upgrade-insecure-requests$|x-requested-with$)/

const isClientsOwn = byName((name) => CLIENTS_OWN.test(name))

/** Makes the function that puts a profile on; done once for each profile. */
export function createDress({ headers: profile }: BrowserProfile): Dress {
  const slots = profile.map(([name, value]) => ({ name, lower: name.toLowerCase(), value }))
  if (!slots.some(({ name }) => name === '*')) slots.push({ name: '*', lower: '*', value: null })
  const placed = new Set(slots.map(({ lower }) => lower))
  return (headers) => {
    const own: { readonly lower: string; readonly pair: HeaderPair }[] = headers.map((pair) => ({
      lower: pair[0].toLowerCase(),
      pair
    }))
    const dressed: HeaderPair[] = []
    for (const { name, lower, value } of slots) {
      if (value !== null) dressed.push([name, value])
      else if (name === '*') {
        for (const other of own) if (!placed.has(other.lower) && !isClientsOwn(other.lower)) dressed.push(other.pair)
      } else for (const same of own) if (same.lower === lower) dressed.push([name, same.pair[1]])
    }
    return dressed
  }
}
