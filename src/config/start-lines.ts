/** What the command line prints when the proxy has started: what is in force, and how to point a client at it. Never a key. */
import type { Config, Origins } from './config.ts'
import { isLoopback } from './loopback.ts'
import { spansUrl } from './otlp.ts'
import { SETTINGS } from './settings.ts'

/** What is only known once it runs. */
export interface StartFacts {
  readonly config: Config
  readonly origins: Origins
  readonly version: string
  readonly url: string
  readonly openaiBaseURL: string
  readonly anthropicBaseURL: string
  /** One line each. */
  readonly rules: readonly string[]
  /** What goes wrong on purpose, one line each. */
  readonly faults: readonly string[]
  /** What is recorded or replayed: `cassette recordings/weather.yaml`; `undefined` in mode `live`. */
  readonly cassette: string | undefined
}

/** The lines, in the order in which they are printed. */
export function startLines(facts: StartFacts): string[] {
  const { config, rules, faults } = facts
  return [
    `openai-proxy ${facts.version}`,
    ...table([
      ['mode', modeText(facts)],
      ['address', facts.url],
      ...(config.workers > 1 ? [['workers', String(config.workers)] as const] : []),
      ['rules', rules.length === 0 ? 'none: every model, no limits' : rules.join('\n')],
      ...(faults.length === 0 ? [] : [['faults', faults.join('\n')] as const]),
      ...callerRows(config),
      ...ledgerRows(config),
      ['log', config.logFile === false ? 'none' : `${config.logFile} (${logText(config)})`],
      ...spanRows(config),
      ...upstreamRows(config),
      ['OpenAI key', keyText(config.openaiApiKey, facts.origins.openaiApiKey)],
      ['Anthropic key', keyText(config.anthropicApiKey, facts.origins.anthropicApiKey)]
    ]),
    'Point clients at it:',
    `  export OPENAI_BASE_URL=${facts.openaiBaseURL}`,
    `  export ANTHROPIC_BASE_URL=${facts.anthropicBaseURL}`,
    ...(isLoopback(config.host)
      ? []
      : [`Warning: ${config.host} can be reached from other machines. Whoever has one of PROXY_TOKENS can spend your keys.`])
  ]
}

/** Names and values in two columns; a value of several lines stays in its column. */
function table(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  return rows.flatMap(([name, value]) =>
    value.split('\n').map((line, index) => `  ${(index === 0 ? name : '').padEnd(width)}${line}`)
  )
}

function callerRows({ proxyTokens }: Config): [string, string][] {
  return proxyTokens ? [['callers', `only with a token: ${proxyTokens.map(({ name }) => name).join(', ')}`]] : []
}

/** Where counts are kept that outlive this process. */
function ledgerRows({ ledger, ledgerFailure, budget }: Config): [string, string][] {
  const isShared = /^rediss?:/.test(ledger)
  if (isShared) return [['ledger', `${withoutPassword(ledger)} (while it is away: ${ledgerFailure})`]]
  return budget ? [['ledger', ledger]] : []
}

function withoutPassword(address: string): string {
  return address.replace(/\/\/[^/]*@/, '//')
}

function spanRows(config: Config): [string, string][] {
  const url = spansUrl(config)
  return url === undefined ? [] : [['spans', `to ${url}, as ${config.otelServiceName}`]]
}

function modeText({ config, origins, cassette }: StartFacts): string {
  const because = origins.mode?.startsWith('CI ') ? ` (${origins.mode})` : ''
  return `${config.mode}${cassette === undefined ? '' : `, ${cassette}`}${because}`
}

function logText({ logLevel, logTokens, logRequests, logResponses }: Config): string {
  const texts = logTokens ? 'with texts' : 'lengths of texts only'
  const left = [...(logRequests ? [] : ['no requests']), ...(logResponses ? [] : ['no answers'])]
  return [`level ${logLevel}`, texts, ...left].join(', ')
}

function upstreamRows(config: Config): [string, string][] {
  const standard = (key: string): string | undefined => SETTINGS.find((setting) => setting.key === key)?.default
  const rows: [string, string, string][] = [
    ['OpenAI at', 'openaiApiBaseUrl', config.openaiApiBaseUrl],
    ['Anthropic at', 'anthropicApiBaseUrl', config.anthropicApiBaseUrl]
  ]
  return rows.filter(([, key, value]) => value !== standard(key)).map(([name, , value]) => [name, value])
}

function keyText(key: string | undefined, origin: string | undefined): string {
  return key === undefined ? "none: the client's own is used" : `from ${origin ?? 'the options'}`
}
