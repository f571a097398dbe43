/** The policy in force: who may call, and which rules judge whom. Replaced as a whole when the settings change. */
import type { ProxyToken } from '../firewall/caller.ts'
import { forbiddenOutputs, type OutputJudge } from '../firewall/forbidden-outputs.ts'
import { createRules, type RuleSettings } from '../firewall/index.ts'
import { fromOwnRule, type OwnRule, type OwnRuleParts } from '../firewall/own-rule.ts'
import { rateSummary } from '../firewall/rate-limit.ts'
import type { Rule } from '../firewall/rule.ts'
import { unknownEndpoints } from '../firewall/unknown-endpoints.ts'
import { createRates, type Rate, type RateLimit } from '../metering/rates.ts'
import type { ScopedCall } from '../metering/scope.ts'

/** The settings that a policy is made of. */
export interface PolicySettings extends RuleSettings {
  /** `undefined`: nobody needs a token. */
  readonly proxyTokens?: readonly ProxyToken[] | undefined
  /** `undefined`: refused where any rule is set. */
  readonly unknownEndpoints?: 'allow' | 'block' | undefined
  readonly rules?: readonly OwnRule[] | undefined
  readonly forbiddenOutputs?: readonly string[] | undefined
  /** Not judged here; it counts as a rule that is set. */
  readonly budget?: readonly object[] | undefined
  readonly rateLimit?: readonly RateLimit[] | undefined
}

/** Rules that one session adds to those of all. */
export interface SessionRules extends RuleSettings {
  readonly forbiddenOutputs?: readonly string[] | undefined
}

export interface Policy {
  /** Empty: nobody needs a token. */
  readonly tokens: readonly ProxyToken[]
  /** One line each: what is in force. */
  readonly summaries: readonly string[]
  /** A judge for each answer, where rules for answers are in force. */
  readonly outputJudge: (() => OutputJudge) | undefined
  /** The rules for one caller, in the order in which they judge. `undefined`: whoever needs no token. */
  rulesFor(caller: string | undefined): readonly Rule[]
  /** The rates that hold for a call to the upstream: those of all, and of its caller. */
  ratesFor(call: ScopedCall): readonly Rate[]
  /** The same, and rules of a session: whatever they say, nothing is allowed that was not. */
  narrowedBy(added: SessionRules): Policy
}

/** The built-in rules, then a user's own. */
export function createPolicy(settings: PolicySettings, parts: OwnRuleParts): Policy {
  const tokens = settings.proxyTokens ?? []
  const shared = createRules(settings)
  const own = (settings.rules ?? []).map((rule) => fromOwnRule(rule, parts))
  const byToken = new Map(tokens.map((token) => [token.name, createTokenRules(settings, token)]))
  const outputs = settings.forbiddenOutputs
  const rates = settings.rateLimit ?? []
  const ratesOfTokens = new Map(
    tokens.map(({ name, rateLimit = [] }) => [name, rateLimit.map((rate) => ({ ...rate, token: name }))])
  )
  const allRates = [...rates, ...[...ratesOfTokens.values()].flat()]
  // What an unknown endpoint costs, or answers, nobody knows either.
  const rulesSet = [shared, own, ...byToken.values(), allRates, outputs ?? [], settings.budget ?? []]
  const isGuarded = rulesSet.some((rules) => rules.length > 0)
  const blocks = (settings.unknownEndpoints ?? (isGuarded ? 'block' : 'allow')) === 'block'
  const unknown = blocks ? [unknownEndpoints()] : []
  const inOrder = (rules: readonly Rule[]): Rule[] => [...rules, ...unknown, ...own]
  const forAll = inOrder(shared)
  const forToken = new Map(tokens.map(({ name }) => [name, inOrder(withToken(shared, byToken.get(name)!))]))
  const limitFor = (caller: string | undefined): number => {
    const token = tokens.find(({ name }) => name === caller)
    return Math.min(token?.maxTokens ?? Infinity, settings.maxTokens ?? Infinity)
  }

  const policy: Policy = {
    tokens,
    summaries: [
      ...forAll.map(({ summary }) => summary),
      ...rates.map(rateSummary),
      ...(outputs ? [`forbidden outputs: ${outputs.join(', ')}`] : []),
      ...tokens.map(({ name, rateLimit = [] }) =>
        [`token ${name}`, ...byToken.get(name)!.map(({ summary }) => summary), ...rateLimit.map(rateSummary)].join('; ')
      )
    ],
    outputJudge: outputs && forbiddenOutputs(outputs),
    rulesFor: (caller) => (caller === undefined ? forAll : (forToken.get(caller) ?? forAll)),
    ratesFor: createRates(allRates),
    narrowedBy(added) {
      const more = added.forbiddenOutputs ?? []
      const patterns = [...(outputs ?? []), ...more]
      const adds = createRules(added).length + more.length > 0
      const guards = adds && !isGuarded && settings.unknownEndpoints !== 'allow' ? [unknownEndpoints()] : []
      return {
        ...policy,
        outputJudge: patterns.length > 0 ? forbiddenOutputs(patterns) : undefined,
        rulesFor(caller) {
          const maxTokens = added.maxTokens === undefined ? undefined : Math.min(added.maxTokens, limitFor(caller))
          return [...withToken(policy.rulesFor(caller), createRules({ ...added, maxTokens })), ...guards]
        }
      }
    }
  }
  return policy
}

function createTokenRules(all: RuleSettings, { allowedModels, maxTokens }: ProxyToken): Rule[] {
  // The smaller limit is also what a request without one is given.
  const most = maxTokens === undefined ? undefined : Math.min(maxTokens, all.maxTokens ?? Infinity)
  return createRules({ allowedModels, maxTokens: most })
}

/** The own rules of a token or a session hold in addition, but for the token limit, of which the stricter is left. */
function withToken(shared: readonly Rule[], own: readonly Rule[]): Rule[] {
  const limited = own.some(({ name }) => name === 'max-tokens')
  return [...own, ...shared.filter(({ name }) => !(limited && name === 'max-tokens'))]
}
