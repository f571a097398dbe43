/** Texts that a model reads as one: the parts of a message, and messages of one speaker that follow one another. */
import { formatPath } from '../http/json.ts'
import type { Role, RoleText } from '../providers/provider.ts'

/** Neighbours that a forbidden text could be spread over. */
export interface JoinedTexts {
  readonly role: Role
  /** Where the first of them stands. */
  readonly path: RoleText['path']
  readonly parts: readonly string[]
}

/** Fields that hold what somebody says. Ids, names and addresses between two of them part nothing. */
const SAYING = new Set(['text', 'content', 'refusal', 'system', 'instructions', 'additional_instructions', 'output', 'thinking'])
/** A text that is itself an item of one of these lists is one of several inputs, or of several parts. */
const LISTS = new Set(['content', 'system', 'instructions', 'input'])

/** The groups of two and more, each once: each message's own parts, and each run of one speaker's messages. */
export function joinedTexts(texts: readonly RoleText[]): JoinedTexts[] {
  const saying = texts.filter(({ path }) => says(path))
  const isAlone = ({ role }: RoleText, index: number): boolean =>
    index === 0 || speaker(role) !== speaker(saying[index - 1]!.role)
  if (saying.every(isAlone)) return []
  const byMessage = runs(saying, (text) => `${text.role} ${formatPath(messageOf(text.path))}`)
  const bySpeaker = runs(saying, ({ role, path }) => `${speaker(role)} ${callOf(path)}`)
  const sizes = new Map(byMessage.map((group) => [group[0]!, group.length]))
  return [...byMessage, ...bySpeaker.filter((group) => sizes.get(group[0]!) !== group.length)]
    .filter((group) => group.length > 1)
    .map((group) => ({
      role: group.every(({ role }) => role === group[0]!.role) ? group[0]!.role : 'system',
      path: group[0]!.path,
      parts: group.map(({ text }) => text)
    }))
}

/** A developer speaks for the system. */
function speaker(role: Role): Role {
  return role === 'developer' ? 'system' : role
}

function says(path: RoleText['path']): boolean {
  const leaf = path.at(-1)
  return typeof leaf === 'number' ? LISTS.has(String(path.at(-2))) : SAYING.has(String(leaf))
}

/** Up to the last list that the text is a part of. */
function messageOf(path: RoleText['path']): RoleText['path'] {
  const part = path.findLastIndex((key, index) => typeof key === 'number' && LISTS.has(String(path[index - 1])))
  return part === -1 ? path : path.slice(0, part)
}

/** Each call of a batch is read by itself: `requests[0].params`, or a line of a batch's file. */
function callOf(path: RoleText['path']): string {
  return path[2] === 'params' || path[2] === 'body' ? formatPath(path.slice(0, 2)) : ''
}

function runs(texts: readonly RoleText[], keyOf: (text: RoleText) => string): RoleText[][] {
  const groups: RoleText[][] = []
  let last: string | undefined
  for (const text of texts) {
    const key = keyOf(text)
    if (key === last) groups.at(-1)!.push(text)
    else groups.push([text])
    last = key
  }
  return groups
}
