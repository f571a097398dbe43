/** Redaction as a whole. A new redactor is one file and one line here. */
import { redactBody } from './body.ts'
import { createCleanTexts, NO_MEMORY, type CleanTexts } from './clean-texts.ts'
import { createEncodedSecrets } from './encoded.ts'
import { createFindSecrets } from './find-secrets.ts'
import { createHeaderRules, redactHeaders } from './headers.ts'
import { createLookInside } from './inside.ts'
import { createFieldRules, isUnlikeWords } from './json-fields.ts'
import { createKnownValues } from './known-values.ts'
import { outsidePlaceholders } from './own-redactor.ts'
import { createPersonNames, PERSONAL } from './personal/index.ts'
import { createPlaceholders, isPlaceholder } from './placeholders.ts'
import { BUILT_IN, type RedactionPolicy } from './policy.ts'
import { privateKeys } from './private-keys.ts'
import type { Redaction, Redactor } from './redactor.ts'
import { replaceFindings, type Replace } from './replace.ts'
import { scanText } from './scan.ts'
import { kindOfSecret, secretShapes } from './secret-shapes.ts'
import { redactUrl } from './url.ts'

export { createEventStreamRedactor } from './event-stream.ts'

export interface RedactionOptions {
  /** Texts written before (a cassette): numbering goes on behind their placeholders, so that none stands for two secrets. */
  readonly placeholdersFrom?: Iterable<string>
  /** What a user adds. @default nothing */
  readonly policy?: RedactionPolicy
}

/** Taking out one secret may bring to light what stood right behind it: a text is looked at again, so many times at most. */
const MOST_LOOKS = 4

/** Values that are learned from fields beyond this many are not: the log's redaction lives as long as the proxy. */
const MOST_LEARNED = 1000

/** A redaction of its own: one for each cassette, one for the log. */
export function createRedaction({ placeholdersFrom = [], policy = BUILT_IN }: RedactionOptions = {}): Redaction {
  const known = createKnownValues()
  for (const value of policy.values) known.add(value, 'secret')
  const shapes: readonly Redactor[] = [secretShapes, privateKeys]
  const certain = [outsidePlaceholders(known), ...shapes]
  const textual = textualRedactors(policy)
  const headerRules = createHeaderRules(policy)
  const fields = createFieldRules(policy.fields, headerRules)
  const inside = createLookInside({ certain, textual })
  // A user's own code may look at more than the text.
  const remember = (): CleanTexts => (policy.redactors.length === 0 ? createCleanTexts(() => known.values.size) : NO_MEMORY)
  const encoded = createEncodedSecrets(inside, remember())
  const numbers = policy.fields.length > 0 || textual.length > 0
  const { find, isCleanJson } = createFindSecrets({ certain, textual, encoded, fields, numbers, remember })
  const placeholders = createPlaceholders(placeholdersFrom)

  /** One secret has one placeholder, whatever form it is written in and whoever found it. */
  const replace: Replace = ({ secret, kind, isNamed = false, around = '' }) => {
    if (isPlaceholder(secret)) return secret
    // What only its field gave away may stand elsewhere, where nothing does.
    if (isNamed && isUnlikeWords(secret) && known.values.size < MOST_LEARNED) known.learn(secret, kind)
    return around + placeholders.of(secret, () => kindOfSecret(secret) ?? known.values.get(secret) ?? kind) + around
  }
  const named = (secret: string, kind: string): string => replace({ secret, kind, isNamed: true })
  const text = (given: string): string => settle(given, (current) => replaceFindings(current, find(current), replace))
  const url = (given: string): string => settle(given, (current) => redactUrl(current, means))
  const memories = { cleanStreams: remember(), cleanHeaders: remember() }
  const means = { find, fields, headerRules, named, replace, text, url, known: known.values, shapes, inside, ...memories }

  const scanMeans = { redactors: [...certain, ...textual], inside, cleanRuns: remember() }

  return {
    learn: known.learn,
    text,
    json: (given, value) => (isCleanJson(value) ? given : text(given)),
    headers(headers, audience) {
      const before = known.values.size
      const shown = redactHeaders(headers, audience, means)
      // What one header gave away may stand in those before it.
      return known.values.size === before ? shown : redactHeaders(headers, audience, means)
    },
    url,
    body: (bytes, contentType) => settle(bytes, (current) => redactBody(current, contentType, means)),
    scan: (finished) => scanText(finished, scanMeans),
    field(name, value) {
      const kind = fields.kindOfNamed(name, value)
      return kind === undefined || isPlaceholder(value) ? undefined : named(value, kind)
    },
    mayHideField: fields.mayHide,
    places: find,
    numbers: placeholders,
    reach: reachOf(policy),
    get learned() {
      return known.values.size
    }
  }
}

/** What a user asked for that means something in texts only. */
function textualRedactors({ personal, names, patterns, redactors }: RedactionPolicy): Redactor[] {
  const built = personal.map((kind) => PERSONAL[kind])
  const found = [...built, ...(names.length > 0 ? [createPersonNames(names)] : []), ...patterns, ...redactors]
  return found.map(outsidePlaceholders)
}

/** Groups of digits with spaces between them, or names; who knows what a user's own redactors find. */
function reachOf({ personal, names, patterns, redactors }: RedactionPolicy): number {
  if (patterns.length > 0 || redactors.length > 0) return Number.POSITIVE_INFINITY
  return Math.max(personal.length > 0 ? 48 : 0, ...names.map((name) => name.length * 2 + 16))
}

function settle<T>(given: T, redact: (current: T) => T): T {
  let current = given
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const next = redact(current)
    if (next === current) return current
    current = next
  }
  return current
}
