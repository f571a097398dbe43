/** A user's patterns: regular expressions that run in time linear in the text, whatever the text, or are refused. */
import type { RE2JS as Engine } from 're2js'
import { ownKind } from '../redaction/kinds.ts'
import type { Finding, Redactor } from '../redaction/redactor.ts'
import { show } from './config-error.ts'
import { loadPatternEngine } from './pattern-engine.ts'

/** A pattern with a name for its placeholders. */
export interface OwnPattern {
  /** Lower-case words with hyphens between them: `customer` gives `<secret-customer:1>`. */
  readonly name: string
  readonly pattern: string | RegExp
}

/** A redactor that says what it looks for, so that two can be compared. */
interface PatternRedactor extends Redactor {
  readonly pattern: string
  readonly flags: string
}

/** Flags of a RegExp that mean something here; `g`, `y` and `d` are about how it is asked, `u` always holds. */
const FLAGS = /^[dgimsuy]*$/

/** @param given a text, a RegExp or an {@link OwnPattern}. Throws an `Error` where it is none, or cannot run in linear time */
export function createPatternRedactor(given: unknown): PatternRedactor {
  const isNamed = typeof given === 'object' && given !== null && !(given instanceof RegExp)
  const { name = 'pattern', pattern } = isNamed ? (given as Partial<OwnPattern>) : { pattern: given as string | RegExp }
  if (typeof name !== 'string' || !/^[a-z][a-z\d-]{0,63}$/.test(name))
    throw new Error('has no good name. Write lower-case words with hyphens between them, e.g. customer')
  const source = pattern instanceof RegExp ? pattern.source : pattern
  const flags = pattern instanceof RegExp ? pattern.flags : ''
  if (typeof source !== 'string' || source === '')
    throw new Error(`${show(pattern)} is no pattern. Write a regular expression, or { name, pattern }`)
  if (!FLAGS.test(flags)) throw new Error(`has the flag v, which patterns here do not know. Leave it out`)
  const engine = compile(source, flags)
  return {
    name: `pattern-${name}`,
    pattern: source,
    flags,
    find: (text) => matches(engine, text, ownKind(name))
  }
}

function compile(source: string, flags: string): Engine {
  const { RE2JS } = loadPatternEngine()
  const bits: Readonly<Record<string, number>> = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL }
  let engine: Engine
  try {
    engine = RE2JS.compile(
      RE2JS.translateRegExp(source),
      [...flags].reduce((sum, flag) => sum | (bits[flag] ?? 0), 0)
    )
  } catch {
    // Its own message quotes the pattern, which may hold what it is to find.
    throw new Error(
      'cannot be run in time linear in the text, or is no regular expression: back-references and look-around are refused. Write it without, ' +
        'or as a redactor of your own (redact.redactors)'
    )
  }
  if (engine.matcher('').find()) throw new Error('fits an empty text, and would be found everywhere. Let it ask for something')
  return engine
}

function* matches(engine: Engine, text: string, kind: string): Generator<Finding> {
  const matcher = engine.matcher(text)
  while (matcher.find()) if (matcher.end() > matcher.start()) yield { kind, start: matcher.start(), end: matcher.end() }
}
