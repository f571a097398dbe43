/** Refuses requests that hold a forbidden text, whoever says it, wherever it stands and however it is written. */
import { formatPath, type JsonPath } from '../http/json.ts'
import { createCleanTexts, type CleanTexts } from '../redaction/clean-texts.ts'
import type { Role } from '../providers/provider.ts'
import { joinedTexts } from './joined-texts.ts'
import { normaliseText } from './normalise.ts'
import { compilePatterns } from './pattern-set.ts'
import { ALLOW, refuse, type Rule } from './rule.ts'
import { textViews } from './text-views.ts'

/** Most characters of each role's texts that are remembered. */
const MOST_REMEMBERED = 256 * 1024

/** One pattern of the list. */
export interface ForbiddenInstruction {
  /** Whose texts are looked at; `*` for all. `system` covers `developer` too: models obey both alike. */
  readonly role: Role | '*'
  /** `*` for any run of characters; it must fit the whole text: `*jailbreak*`. Case and Unicode form do not matter. */
  readonly pattern: string
}

export function forbiddenInstructions(list: readonly ForbiddenInstruction[]): Rule {
  const patterns = list.map(({ pattern }) => normaliseText(pattern))
  const spaced = compilePatterns(patterns)
  const spaceless = compilePatterns(patterns.map(withoutSpaces))

  /** The first pattern that fits, as a refusal names it. */
  function search(set: typeof spaced, role: Role, texts: readonly string[]): string | undefined {
    for (const text of texts) {
      const found = set.find(text, (index) => concerns(list[index]!.role, role))
      if (found !== undefined) return `${list[found]!.role}:${list[found]!.pattern}`
    }
    return undefined
  }

  function searchJoined(role: Role, parts: readonly string[]): string | undefined {
    const glued = textViews(parts.join(''))
    const found = search(spaced, role, glued) ?? search(spaced, role, textViews(parts.join(' ')))
    if (found !== undefined || parts.length < 3) return found
    // A pattern that spans three parts may need a space at one seam and none at the other.
    const hasShort = parts.slice(1, -1).some((part) => normaliseText(part).length < spaced.longestPiece)
    return hasShort ? search(spaceless, role, glued.map(withoutSpaces)) : undefined
  }

  /** Texts that no pattern for their role fits: a conversation comes whole with each of its turns. */
  const allowed = new Map<Role, CleanTexts>()
  function allowedFor(role: Role): CleanTexts {
    const texts = allowed.get(role) ?? createCleanTexts(() => 0, MOST_REMEMBERED)
    allowed.set(role, texts)
    return texts
  }

  return {
    name: 'forbidden-instructions',
    summary: `forbidden instructions: ${list.map(({ role, pattern }) => `${role}:${pattern}`).join(', ')}`,
    judge(call) {
      for (const { role, path, text } of call.texts) {
        const known = allowedFor(role)
        if (known.has(text)) continue
        const rule = search(spaced, role, textViews(text))
        if (rule !== undefined) return refusal(role, rule, path)
        known.add(text)
      }
      for (const { role, path, parts } of joinedTexts(call.texts)) {
        const rule = searchJoined(role, parts)
        if (rule !== undefined) return refusal(role, rule, path)
      }
      return ALLOW
    }
  }
}

function refusal(role: Role, rule: string, path: JsonPath): ReturnType<typeof refuse> {
  return refuse('forbidden_instruction', `Forbidden instruction in ${role} text (rule ${rule})`, formatPath(path))
}

function concerns(wanted: Role | '*', role: Role): boolean {
  return wanted === '*' || wanted === role || (wanted === 'system' && role === 'developer')
}

function withoutSpaces(text: string): string {
  return text.replaceAll(' ', '')
}
