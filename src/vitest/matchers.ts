/** The matchers: what a test may expect of its proxy and its cassette, with messages that show the exchanges. */
import type { SessionReport } from '../sessions/session.ts'
import { showCall, showExchanges, showMoney, toolCallsOf } from './show-exchange.ts'

/** What the matchers look at: `proxy`, `cassette`, or the report of a session. */
export type Matched = { readonly report: SessionReport } | SessionReport

/** What `toHaveBeenBlocked` may ask for. */
export interface BlockedBy {
  /** `allowed-models`, `max-tokens`, `forbidden-instructions` … or the name of a rule of your own. */
  readonly rule?: string
  /** e.g. `model_not_allowed` */
  readonly code?: string
}

/** The methods that `expect(proxy)` and `expect(cassette)` have. */
export interface ProxyMatchers {
  /** So many calls were answered from the cassette; without a number, any. */
  toHaveReplayed(count?: number): void
  /** A call was refused by a rule; by this rule, with this code. */
  toHaveBeenBlocked(by?: BlockedBy): void
  /** All calls together have cost, or replayed would have cost, less than so many USD. A call without a known price fails it. */
  toHaveCost(limit: { readonly below: number }): void
  /** Every recording of the cassette has answered. */
  toBeFullyUsed(): void
  /** The model called this tool; with arguments that equal these, or are like these (`expect.objectContaining`). */
  toHaveCalledTool(name: string, args?: unknown): void
}

/** The part of vitest's state of a matcher that is used. */
interface MatcherState {
  readonly isNot: boolean
  equals(a: unknown, b: unknown): boolean
}

/** What a matcher found: `it replayed 1`, where `to have replayed 2 calls` was expected. */
interface Found {
  readonly pass: boolean
  readonly expected: string
  readonly found: string
}

/** What vitest takes of a matcher. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
}

/** For `expect.extend(matchers)`. */
export const matchers = {
  toHaveReplayed: matcher(({ counts }, _state, count?: number) => ({
    pass: count === undefined ? counts.replayed > 0 : counts.replayed === count,
    expected: `to have replayed ${count === undefined ? 'a call' : calls(count)}`,
    found: `it replayed ${counts.replayed === 0 ? 'none' : counts.replayed}`
  })),
  toHaveBeenBlocked: matcher(({ exchanges }, _state, by: BlockedBy = {}) => {
    const blocked = exchanges.flatMap(({ verdict }) => (verdict.kind === 'block' ? [verdict] : []))
    const fits = ({ rule, code }: { readonly rule: string; readonly code: string }): boolean =>
      (by.rule ?? rule) === rule && (by.code ?? code) === code
    const asked = [by.rule !== undefined && ` by ${by.rule}`, by.code !== undefined && ` with ${by.code}`]
    return {
      pass: blocked.some(fits),
      expected: `to have been blocked${asked.filter((part) => part !== false).join('')}`,
      found: blocked.length === 0 ? 'nothing was' : `it was by ${blocked.map(({ rule, code }) => `${rule} (${code})`).join(', ')}`
    }
  }),
  toHaveCost: matcher(({ cost }, _state, { below }: { readonly below: number }) => {
    const usd = cost.usd + cost.savedUsd
    return {
      pass: cost.complete && usd < below,
      // Of calls without a price nobody knows that they cost more, either.
      unknown: !cost.complete,
      expected: `to have cost less than $${below}`,
      found: `it cost ${showMoney(usd)}${cost.complete ? '' : ', and calls of which nobody knows the price'}`
    }
  }),
  toBeFullyUsed: matcher(({ cassette, unused, mode }) => ({
    pass: unused.length === 0,
    expected: `to be fully used (${cassette})`,
    found:
      unused.length > 0
        ? `nothing asked for these recordings:\n${unused.map(({ place, endpoint, model }) => `  ${[place, endpoint, model ?? ''].join('  ').trimEnd()}`).join('\n')}`
        : mode === 'record'
          ? 'it is being recorded'
          : 'it is'
  })),
  toHaveCalledTool: matcher(({ exchanges }, { equals }, name: string, args?: unknown) => {
    const called = exchanges.flatMap(toolCallsOf)
    const fits = called.some((call) => call.name === name && (args === undefined || equals(call.arguments, args)))
    return {
      pass: fits,
      expected: `to have called the tool ${name}${args === undefined ? '' : ` with ${showArguments(args)}`}`,
      found: called.length === 0 ? 'it called none' : `it called ${called.map(showCall).join(', ')}`
    }
  })
}

/** A matcher of a report, with a message that shows what happened. */
function matcher<Args extends readonly unknown[]>(
  look: (report: SessionReport, state: MatcherState, ...args: Args) => Found & { readonly unknown?: boolean }
): (this: MatcherState, received: Matched, ...args: Args) => MatcherResult {
  return function (this: MatcherState, received, ...args) {
    const report = reportOf(received)
    const { pass, unknown = false, expected, found } = look(report, this, ...args)
    const message = (): string =>
      `expected "${report.title}" ${this.isNot ? 'not ' : ''}${expected}, but ${found}\n\nIts exchanges:\n${showExchanges(report.exchanges)}`
    // What nobody knows is neither so nor not so.
    return { pass: unknown ? this.isNot : pass, message }
  }
}

function reportOf(received: Matched): SessionReport {
  const isObject = typeof received === 'object' && received !== null
  const report = isObject && 'report' in received ? received.report : received
  if (isObject && Array.isArray((report as Partial<SessionReport> | undefined)?.exchanges)) return report
  throw new TypeError('This matcher takes proxy or cassette of openai-proxy/vitest, or the report of a session.')
}

function showArguments(args: unknown): string {
  const asymmetric = args as { readonly toAsymmetricMatcher?: () => string } | null
  return asymmetric?.toAsymmetricMatcher?.() ?? JSON.stringify(args)
}

function calls(count: number): string {
  return `${count} ${count === 1 ? 'call' : 'calls'}`
}
