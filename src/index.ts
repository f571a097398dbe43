/** The package: `startProxy()`, and the types and errors that come with it. Loads nothing heavy before a proxy is started. */
import type { Proxy, ProxyOptions } from './proxy.ts'

export type { Proxy, ProxyOptions } from './proxy.ts'
export { ConfigError } from './config/config-error.ts'
export type { BrowserProfileSetting } from './config/config.ts'
export { defineConfig, type ConfigFileSettings } from './config/define-config.ts'
export type { ActiveFault } from './faults/faults.ts'
export type { FaultMatch } from './faults/fault.ts'
export type { Fault, FaultSetting } from './faults/read-faults.ts'
export type { ProxySettings, ProxyTokenSetting } from './config/options.ts'
export { allow, block, defineRule, type OwnRule, type OwnRuleContext, type OwnVerdict } from './firewall/own-rule.ts'
export type { RedactSetting } from './config/redact.ts'
export type { OwnPattern } from './config/linear-pattern.ts'
export { defineRedactor, type OwnFinding, type OwnRedactor } from './redaction/own-redactor.ts'
export type { PersonalKind } from './redaction/kinds.ts'
export type { Ledger } from './metering/ledger.ts'
export type { ModelCall, RoleText, TokenLimit } from './providers/provider.ts'
export { CassetteError, type InteractionUse } from './cassettes/interaction.ts'
export type { IdRule, MatchedRequest, MatchFunction, MatchSettings, Repeat } from './cassettes/matching/rules.ts'
export type { CassetteUse } from './cassettes/use.ts'
export type { LogEntry } from './log/log-entry.ts'
export type { LoggedHeaders, LoggedMessage } from './log/log-message.ts'
export { LogFileError } from './log/log-file-error.ts'
export type { Usage } from './metering/usage.ts'
export type { ExchangeVerdict, Outcome, Source } from './pipeline/exchange.ts'
export type { Mode } from './pipeline/source.ts'
export type {
  Session,
  SessionCounts,
  SessionOptions,
  SessionOutcome,
  SessionReport,
  SessionSummary,
  SessionTest
} from './sessions/session.ts'

/**
 * Starts a proxy: live, recording or replaying, by its options.
 * @throws `ConfigError` on a wrong option, `CassetteError` where the cassette is missing, broken or cannot be written,
 *   an `Error` where the port is taken or the log cannot be written
 */
export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  return (await import('./proxy.ts')).startProxy(options)
}
