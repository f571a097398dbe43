/** Makes of a log entry the request that it tells of, where the log kept the whole of it. Pure. */
import { isJsonType, mediaType } from '../http/headers.ts'
import { isObject, type Json } from '../http/json.ts'
import { readBoundary } from '../http/multipart.ts'
import type { LogEntry } from '../log/log-entry.ts'
import { providers } from '../providers/index.ts'
import type { FormField, ParsedContent } from '../providers/provider.ts'
import type { EarlierVerdict, KeptRequest } from './kept-request.ts'

type Skipped = { readonly skipped: string }

const NOT_KEPT = 'the log did not keep its body (LOG_REQUESTS=true keeps bodies)'
const NO_TEXTS = 'the log kept no texts, only their lengths (LOG_TOKENS=true keeps texts)'
const CUT = 'the log kept only a part of its body'

/** The request, or why it cannot be judged again. */
export function readEntry(entry: LogEntry): KeptRequest | Skipped {
  const was = earlierVerdict(entry)
  if (was === undefined) return { skipped: 'it was refused for another reason than a rule' }
  const content = readContent(entry)
  if ('skipped' in content) return content
  const { method, path } = entry.request
  return {
    was,
    caller: entry.caller,
    at: Date.parse(entry.time),
    call: () => providers[entry.provider].readCall({ method, path: path.split('?', 1)[0]!, content })
  }
}

/** Rules that are asked when the request itself is allowed: those who count, and those who judge answers. */
const AFTER_CONTENT = new Set(['rate-limit', 'budget', 'forbidden-outputs'])

/** What the rules for contents said; `undefined` where they were not asked. */
function earlierVerdict({ verdict, outcome, error }: LogEntry): EarlierVerdict | undefined {
  if (verdict.kind === 'block') {
    if (verdict.rule === 'door') return undefined
    // 429: a rule of the user's own that counts.
    const passed = error?.status === 429 || AFTER_CONTENT.has(verdict.rule)
    return passed ? { kind: 'allow' } : { kind: 'block', rule: verdict.rule, code: verdict.code }
  }
  if (outcome === 'refused' && !error?.code.startsWith('cassette_')) return undefined
  return verdict
}

function readContent({ request: { headers, body, truncated } }: LogEntry): ParsedContent | Skipped {
  if (headers === undefined) return { skipped: NOT_KEPT }
  if (body === undefined) return { kind: 'none' }
  if (truncated) return { skipped: CUT }
  const type = [headers['content-type'] ?? []].flat()[0]
  if (isForm(type)) return readForm(body)
  if (hasMasks(body)) return { skipped: NO_TEXTS }
  if (typeof body !== 'string') return { kind: 'json', value: body, text: JSON.stringify(body) }
  const isSizeOnly = /^\[(?:\d+ bytes(?: \S+)?|(?:JSON|form) of \d+ characters)\]$/.test(body)
  return isSizeOnly || isJsonType(type) ? { skipped: CUT } : { kind: 'other', text: body }
}

function isForm(type: string | undefined): boolean {
  return readBoundary(type) !== undefined || mediaType(type) === 'application/x-www-form-urlencoded'
}

/** The log shows a form as a list of its fields, each an object of one name. */
function readForm(body: Json): ParsedContent | Skipped {
  if (!Array.isArray(body) || !body.every(isObject)) return { skipped: CUT }
  if (body.some((field) => Object.hasOwn(field, 'filename'))) return { skipped: 'the log does not keep the files of forms' }
  if (hasMasks(body)) return { skipped: NO_TEXTS }
  const fields = body
    .flatMap((field) => Object.entries(field))
    .map(([name, text]): FormField => {
      return { name, filename: undefined, text: String(text) }
    })
  return { kind: 'form', fields }
}

/** Whether anything in it stands for a text that was left out. */
function hasMasks(value: Json): boolean {
  if (typeof value === 'string') return /^\[(?:\d+ (?:characters|numbers)|number)\]$/.test(value)
  if (Array.isArray(value)) return value.some(hasMasks)
  return isObject(value) && Object.values(value).some(hasMasks)
}
