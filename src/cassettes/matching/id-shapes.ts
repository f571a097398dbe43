/** Tells ids from other texts, by their shape and by the field they stand in. */
import { isObject, type Json } from '../../http/json.ts'

/**
 * What an id means.
 *
 * - `call`: it joins a tool's call to its result within one request, and nothing outside it; clients may make their own.
 * - `own`: the client's own mark on a request or a conversation: a session, a user, a random file name.
 * - `state`: it names something that the API keeps: another one means another thing.
 */
export type IdClass = 'call' | 'own' | 'state'

/** What an id may be made of. */
const ID = /^[\w.:-]{1,200}$/

/** Fields that name a tool's call. */
const CALL_FIELDS = new Set(['tool_call_id', 'tool_use_id', 'call_id'])

/** Types of the objects whose `id` names a tool's call. */
const CALL_TYPES = new Set(['function', 'custom', 'tool_use', 'server_tool_use', 'mcp_tool_use', 'tool_call'])

/** Fields that clients mark their requests with. */
const OWN_FIELD = /(?:^id$|_ids?$|[a-z]I[Dd]$|^user$|^prompt_cache_key$|^safety_identifier$)/

/** Prefixes of the ids that the APIs give to tools' calls. */
const CALL_SHAPE = /^(?:call|toolu|srvtoolu|mcptoolu|fc|ctc)[-_]\w{6,200}$/

/** Prefixes of the ids that the APIs give to what they keep. */
const STATE_PREFIXES =
  'resp|conv|thread|run|step|file|cfile|vs|vsfb|asst|msg|msgbatch|batch|ftjob|ftevent|chatcmpl|cmpl|upload|cntr|container|' +
  'sess|item|rs|ws|fs|ci|ig|cu|mcp|mcpl|mcpr|eval|evalrun|skill|skillver|video'

const STATE_SHAPE = new RegExp(`^(?:${STATE_PREFIXES})[-_](?=\\w*\\d)[\\w-]{8,200}$`)

/** Finds every id of the APIs' own shapes in a text. */
export const STATE_IDS = new RegExp(`(?<![\\w-])(?:${STATE_PREFIXES})[-_][\\w-]{8,200}`, 'g')

/** The class of an id, or `undefined` for what is none. */
export function classOf(value: string, field: string, holder: Json | undefined): IdClass | undefined {
  if (!ID.test(value)) return undefined
  const isCall = CALL_FIELDS.has(field) || (field === 'id' && isObject(holder) && CALL_TYPES.has(String(holder['type'])))
  if (isCall || CALL_SHAPE.test(value)) return 'call'
  if (STATE_SHAPE.test(value)) return 'state'
  return OWN_FIELD.test(field) && isRandom(value) ? 'own' : undefined
}

/** The random part of a file's name, where it is one: `tmp4x9k2_ab.wav`, `8f3a91bc-….pdf`. */
export function randomStem(filename: string): string | undefined {
  const stem = filename.replace(/\.\w{1,8}$/, '')
  return isRandom(stem) || /^tmp[\da-z_]{6,12}$/.test(stem) ? stem : undefined
}

/** Whether nobody would write it by hand: a UUID, hexadecimal digits, or letters and digits without order. */
function isRandom(value: string): boolean {
  if (/(?:^|[^\da-z])[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\da-z])/i.test(value)) return true
  const runs = value.match(/[\dA-Za-z]{8,}/g) ?? []
  return runs.some((run) => {
    const digits = run.replaceAll(/\D/g, '').length
    const isHex = /^[\da-f]+$/i.test(run) && digits > 0 && digits < run.length
    return isHex || (run.length >= 12 && digits >= 3 && digits <= run.length - 3)
  })
}

/** The prefix of an id that has one of the APIs' shapes: `resp` of `resp_67cc…`. */
export function prefixOf(value: string): string {
  return /^[a-z]+(?=[-_])/.exec(value)?.[0] ?? ''
}
