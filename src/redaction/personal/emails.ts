/** Finds e-mail addresses: what stands around an `@`, in any script. */
import type { Finding, Redactor } from '../redactor.ts'

/** RFC 5321: 64 octets before the `@`, 255 behind it. */
const LONGEST_LOCAL = 64
const LONGEST_DOMAIN = 255

const LOCAL = /[\p{L}\p{N}](?:[\p{L}\p{N}._+'-]{0,63})$/u
const DOMAIN = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}_-])/u

export const emails: Redactor = {
  name: 'emails',
  *find(text): Iterable<Finding> {
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      const domain = DOMAIN.exec(text.slice(at + 1, at + 1 + LONGEST_DOMAIN))?.[0]
      const local = domain === undefined ? undefined : localPart(text.slice(Math.max(0, at - LONGEST_LOCAL), at))
      if (domain === undefined || local === undefined) continue
      const end = at + 1 + domain.length
      // `git@github.com:owner/repository` is nobody's address.
      if (local === 'git' && text[end] === ':') continue
      yield { kind: 'email', start: at - local.length, end }
    }
  }
}

/** The longest end that may stand before an `@`. The digits of a percent escape (`%20ada@…`) are no part of it. */
function localPart(before: string): string | undefined {
  const local = longestLocal(before)
  if (local === undefined) return undefined
  const isEscaped = before[before.length - local.length - 1] === '%' && /^[0-9A-Fa-f]{2}./.test(local)
  return isEscaped ? longestLocal(local.slice(2)) : local
}

function longestLocal(before: string): string | undefined {
  let start = before.length
  while (start > 0 && /[\p{L}\p{N}\p{Cs}._+'-]/u.test(before[start - 1]!)) start -= 1
  return LOCAL.exec(before.slice(start).replace(/^[._+'-]+/, ''))?.[0]
}
