/** Reads the options of `startProxy()`: the same settings by the same schema, with the defaults of a test. */
import type { Config, Variables } from './config.ts'
import { ConfigError } from './config-error.ts'
import { DEFAULTS, resolveLayers, type Layer } from './layers.ts'
import { isCi } from './mode.ts'
import { unknownKey } from './near-miss.ts'
import { FILE_KEYS } from './settings.ts'

/** Where a test wants something else than a person at a console. */
const TEST_DEFAULTS: Readonly<Record<string, string>> = {
  ...DEFAULTS,
  port: '0',
  speed: 'instant',
  ledger: 'memory',
  drainTimeout: '1'
}

/** Of the environment, only these: a test must not change because a shell holds `PORT` or `MAX_TOKENS`. */
const FROM_ENVIRONMENT: Readonly<Record<string, string>> = {
  openaiApiKey: 'OPENAI_API_KEY',
  anthropicApiKey: 'ANTHROPIC_API_KEY',
  mode: 'OPENAI_PROXY_MODE'
}

/**
 * Checks the options.
 * @param environment read for the two keys, `OPENAI_PROXY_MODE` and `CI`, where the options say nothing
 * @param taker who takes them, as messages name it
 * @throws {@link ConfigError} with every problem
 */
export function parseOptions(options: unknown, environment: Variables = {}, taker = 'startProxy()'): Config {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError([`${taker} takes one object of options, or nothing.`])
  }
  const values = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const problems = Object.keys(values)
    .filter((key) => !FILE_KEYS.includes(key))
    .map((key) => `${taker}: ${unknownKey(key)}`)
  if (values['workers'] !== undefined) problems.push(`${taker}: option workers: a test has one process. Leave it out.`)
  const own: Layer = { values, explicit: true, label: (key) => `${taker}: option ${key}` }
  const defaults = values['cassette'] === undefined ? TEST_DEFAULTS : { ...TEST_DEFAULTS, mode: 'once' }
  return resolveLayers([own, environmentLayer(environment)], { ci: isCi(environment), defaults, problems }).config
}

function environmentLayer(environment: Variables): Layer {
  const set = Object.entries(FROM_ENVIRONMENT).map(([key, variable]) => [key, environment[variable]?.trim() || undefined])
  return {
    values: Object.fromEntries(set),
    explicit: false,
    label: (key) => `${FROM_ENVIRONMENT[key]} in the environment`
  }
}
