/** Reads the list of forbidden instructions: `role:pattern`, as text with commas or as a list. */
import type { ForbiddenInstruction } from '../firewall/forbidden-instructions.ts'
import { isObject } from '../http/json.ts'
import { show } from './config-error.ts'

type Role = ForbiddenInstruction['role']

const ROLES: readonly Role[] = ['system', 'developer', 'user', 'assistant', 'tool', 'schema', 'unknown', '*']

/**
 * The instructions of a setting: `system:*jailbreak*,*:*ignore previous instructions*`, or a list of such items and of
 * `{ role, pattern }`. In text a comma of the pattern is written `\,`; empty items are left out. Throws an
 * `Error` that names the item.
 */
export function readForbidden(value: unknown): ForbiddenInstruction[] {
  if (typeof value === 'string') {
    const items = splitItems(value)
    if (items.length === 0) throw new Error('names no instruction. List them as role:pattern, or leave it out.')
    return items.map(readItem)
  }
  if (!Array.isArray(value)) throw new Error(`${show(value)} is no list of instructions. Write role:pattern,role:pattern.`)
  return value.map((item: unknown) => (typeof item === 'string' ? readItem(item.trim()) : readObject(item)))
}

function splitItems(text: string): string[] {
  return text
    .split(/(?<!\\),/)
    .map((item) => item.replaceAll('\\,', ',').trim())
    .filter((item) => item !== '')
}

function readItem(item: string): ForbiddenInstruction {
  const colon = item.indexOf(':')
  const before = item.slice(0, Math.max(0, colon)).trim()
  // What stands before the colon is a role only where it is one word: `*look here: *` is a pattern as a whole.
  if (colon === -1 || (before !== '*' && !/^\w+$/.test(before))) return checked('*', item, item)
  return checked(before.toLowerCase(), item.slice(colon + 1).trim(), item)
}

function readObject(item: unknown): ForbiddenInstruction {
  if (!isObject(item) || typeof item['pattern'] !== 'string') throw new Error(`${show(item)} is no { role, pattern }.`)
  const { role = '*', pattern, ...others } = item
  const [strange] = Object.keys(others)
  if (strange !== undefined) throw new Error(`an instruction has a role and a pattern, but not ${show(strange)}.`)
  return checked(role, pattern as string, String(pattern))
}

function checked(role: unknown, pattern: string, item: string): ForbiddenInstruction {
  const known = ROLES.find((name) => name === role)
  if (known === undefined) {
    throw new Error(
      `${show(role)} is no role. Write one of ${ROLES.join(', ')} before the colon, or *: before a text that holds one.`
    )
  }
  if (pattern.trim() === '') throw new Error(`${show(item)} has no pattern. Write it as role:pattern, e.g. system:*jailbreak*.`)
  return { role: known, pattern }
}
