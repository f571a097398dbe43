/** The table of settings: name, variable, flag, default and meaning of each. Help, messages and the example file come from it. */
import { RECORDING_SETTINGS } from './recording-settings.ts'
import type { Setting } from './setting.ts'

const rows = [
  { key: 'openaiApiKey', variable: 'OPENAI_API_KEY', meaning: 'OpenAI key, used where the client sends none. Never logged' },
  {
    key: 'anthropicApiKey',
    variable: 'ANTHROPIC_API_KEY',
    meaning: 'Anthropic key, used where the client sends none. Never logged'
  },
  {
    key: 'openaiApiBaseUrl',
    variable: 'OPENAI_API_BASE_URL',
    default: 'https://api.openai.com/v1',
    meaning: 'where OpenAI requests go; any path prefix'
  },
  {
    key: 'anthropicApiBaseUrl',
    variable: 'ANTHROPIC_API_BASE_URL',
    default: 'https://api.anthropic.com',
    meaning: 'where Anthropic requests go; any path prefix'
  },
  { key: 'openaiOrgId', variable: 'OPENAI_ORG_ID', meaning: 'OpenAI organisation, used where the client names none' },
  {
    key: 'logLevel',
    variable: 'LOG_LEVEL',
    default: 'INFO',
    meaning: 'INFO logs all, WARNING what was refused or failed, ERROR what broke; DEBUG is --debug'
  },
  {
    key: 'logFile',
    variable: 'LOG_FILE',
    default: 'logs/api-firewall.log',
    meaning: 'one JSON line for each exchange; false for none'
  },
  { key: 'logRequests', variable: 'LOG_REQUESTS', default: 'true', meaning: "log the requests' headers and bodies" },
  { key: 'logResponses', variable: 'LOG_RESPONSES', default: 'true', meaning: "log the answers' headers and bodies" },
  {
    key: 'logTokens',
    variable: 'LOG_TOKENS',
    default: 'false',
    meaning: 'log prompt and completion texts; false logs their lengths only'
  },
  {
    key: 'redact',
    meaning: 'what else to take out of logs and cassettes: fields, headers, values, patterns, names, personal data'
  },
  {
    key: 'redactPersonal',
    variable: 'REDACT_PERSONAL',
    meaning: 'personal data to take out: email,phone,card,iban,ip, or all; adds to personal in redact',
    outside: true
  },
  { key: 'allowedModels', variable: 'ALLOWED_MODELS', meaning: 'models that may be used, e.g. gpt-4*,claude-*. Not set: all' },
  {
    key: 'maxTokens',
    variable: 'MAX_TOKENS',
    meaning: 'most output tokens of a request, under every name of the limit. Not set: no limit'
  },
  {
    key: 'forbiddenInstructions',
    variable: 'FORBIDDEN_INSTRUCTIONS',
    meaning: 'texts to refuse, as role:pattern, e.g. system:*jailbreak*,*:*ignore previous instructions*'
  },
  {
    key: 'forbiddenOutputs',
    variable: 'FORBIDDEN_OUTPUTS',
    meaning: 'texts that no answer may hold, e.g. *internal only*; a stream ends where one is complete'
  },
  {
    key: 'rateLimit',
    variable: 'RATE_LIMIT',
    meaning: 'most that goes to the real APIs, e.g. 60 (requests a minute), or 10/second,100000 tokens/minute,8 concurrent'
  },
  {
    key: 'unknownEndpoints',
    variable: 'UNKNOWN_ENDPOINTS',
    meaning: 'allow or block endpoints that no API is known to have. Not set: block where any rule is set, else allow'
  },
  { key: 'rules', meaning: 'rules of your own, made by defineRule(); only in a file that is a program, and in startProxy()' },
  { key: 'ruleTimeoutMs', default: '5000', meaning: 'milliseconds that a rule of your own may take before it refuses' },
  {
    key: 'proxyTokens',
    variable: 'PROXY_TOKENS',
    meaning: 'tokens that callers must show, as name:token,name2:sha256:<hex>. Needed to listen beyond loopback'
  },
  {
    key: 'maskNetwork',
    variable: 'MASK_NETWORK',
    default: 'true',
    meaning: "keep the local network's headers from the real APIs"
  },
  {
    key: 'browserProfile',
    variable: 'BROWSER_PROFILE',
    default: 'true',
    meaning: "send a browser's headers in place of the client's own"
  },
  { key: 'browserProfiles', meaning: 'browser profiles of your own, in place of the built-in ones' },
  {
    key: 'streamUsage',
    variable: 'STREAM_USAGE',
    default: 'true',
    meaning: 'ask OpenAI streams for their usage where the client does not; the client sees what it would have seen'
  },
  {
    key: 'budget',
    variable: 'BUDGET',
    meaning: 'most that may be spent, e.g. 5/day,100/month in USD, or 200000 tokens/day; periods: run, hour, day, month'
  },
  {
    key: 'budgetZone',
    variable: 'BUDGET_ZONE',
    default: 'UTC',
    meaning: 'whose midnight ends a day: UTC, or a name such as Europe/Berlin'
  },
  {
    key: 'unpricedModels',
    variable: 'UNPRICED_MODELS',
    meaning: 'allow or block calls whose cost nobody can bound. Not set: block where there is a budget'
  },
  { key: 'prices', meaning: 'prices of your own by model, in USD for a million tokens; they come before the built-in list' },
  {
    key: 'ledger',
    variable: 'LEDGER',
    default: 'logs/ledger.journal',
    meaning: 'where counts are kept: a file, redis://host:port for several proxies, or memory'
  },
  {
    key: 'ledgerFailure',
    variable: 'LEDGER_FAILURE',
    default: 'closed',
    meaning: 'while Redis is away: closed refuses, open counts in this process'
  },
  {
    key: 'otlpEndpoint',
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    meaning: 'collector that gets a span of each exchange, by OTLP over HTTP, e.g. http://127.0.0.1:4318. Not set: none'
  },
  {
    key: 'otlpTracesEndpoint',
    variable: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    meaning: 'the same as the whole address of its spans: no /v1/traces is added'
  },
  {
    key: 'otlpHeaders',
    variable: 'OTEL_EXPORTER_OTLP_HEADERS',
    meaning: 'headers for the collector, as name=value,name2=value2. Never logged'
  },
  {
    key: 'otelServiceName',
    variable: 'OTEL_SERVICE_NAME',
    default: 'openai-proxy',
    meaning: 'the name of this service in spans'
  },
  { key: 'upstreamTimeout', variable: 'UPSTREAM_TIMEOUT', default: '600', meaning: 'seconds that a real API may stay silent' },
  { key: 'maxBodyBytes', variable: 'MAX_BODY_BYTES', default: '104857600', meaning: 'most bytes of a request body, decoded' },
  {
    key: 'drainTimeout',
    variable: 'DRAIN_TIMEOUT',
    default: '5',
    meaning: 'seconds that running exchanges may go on when the proxy closes'
  },
  { key: 'port', variable: 'PORT', flag: '--port <number>', default: '8000', meaning: 'port to listen on; 0 for any free one' },
  {
    key: 'workers',
    variable: 'OPENAI_PROXY_WORKERS',
    flag: '--workers <number>',
    default: '1',
    meaning: 'processes that answer on the port, for more than one core; modes live and record'
  },
  { key: 'host', variable: 'HOST', flag: '--host <address>', default: '127.0.0.1', meaning: 'address to listen on' },
  ...RECORDING_SETTINGS,
  {
    key: 'debug',
    variable: 'OPENAI_PROXY_DEBUG',
    flag: '--debug',
    default: 'false',
    meaning: 'show each exchange on the console, redacted, as it happens'
  },
  {
    key: 'config',
    variable: 'OPENAI_PROXY_CONFIG',
    flag: '--config <file>',
    meaning: 'configuration file (js, mjs, ts, yaml, json); else the openai-proxy.config file of the folder, if there is one',
    outside: true
  },
  {
    key: 'envFile',
    variable: 'OPENAI_PROXY_ENV_FILE',
    flag: '--env-file <file>',
    meaning: 'file of variables; else .env, if there is one',
    outside: true
  }
] as const satisfies readonly Setting[]

/** Every setting, in the order in which people are told of them. */
export const SETTINGS: readonly Setting[] = rows

/** The names that the configuration file and `startProxy()` know. */
export const FILE_KEYS: readonly string[] = SETTINGS.filter(({ outside }) => !outside).map(({ key }) => key)

/** A row that has a variable. */
type WithVariable = Setting & { readonly variable: string }

export const VARIABLES: readonly WithVariable[] = SETTINGS.filter((setting): setting is WithVariable => !!setting.variable)
