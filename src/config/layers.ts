/** Lays the sources of settings over each other and checks what comes out, each problem under the name its user knows. */
import type { Config, Origins } from './config.ts'
import { ConfigError, messageOf, show } from './config-error.ts'
import { isObject } from '../http/json.ts'
import type { PersonalKind } from '../redaction/kinds.ts'
import { BUILT_IN } from '../redaction/policy.ts'
import { isLoopback } from './loopback.ts'
import { ciMode, readChoice, type Choice } from './mode.ts'
import { readPersonal } from './redact.ts'
import { configSchema } from './schema.ts'
import { FILE_KEYS, SETTINGS } from './settings.ts'

/** One source of settings. */
export interface Layer {
  /** By key; `undefined`: not set here. */
  readonly values: Readonly<Record<string, unknown>>
  /** Names a setting as its user wrote it: `MAX_TOKENS in .env`. */
  label(key: string): string
  /** Whether it was said for this one run: a flag, an option in code. */
  readonly explicit: boolean
}

/** What the settings came to. */
export interface Loaded {
  readonly config: Config
  readonly origins: Origins
  /** The callers' tokens as they were given. */
  readonly proxyTokens: unknown
}

/** How the layers are read. */
export interface Reading {
  /** Whether this is a CI run. */
  readonly ci: boolean
  /** As variables would be written, by key. */
  readonly defaults: Readonly<Record<string, string>>
  /** Problems that were found on the way here. */
  readonly problems: readonly string[]
}

/** The defaults of the command line. */
export const DEFAULTS: Readonly<Record<string, string>> = Object.fromEntries(
  SETTINGS.flatMap((setting) => (setting.default === undefined ? [] : [[setting.key, setting.default]]))
)

/** @param layers the one that counts most first. Throws {@link ConfigError} with every problem */
export function resolveLayers(layers: readonly Layer[], { ci, defaults, problems: found }: Reading): Loaded {
  const problems = [...found]
  const values: Record<string, unknown> = { ...defaults }
  const sources = new Map<string, Layer>()
  const choices = new Map(layers.map((layer) => [layer, readLayerChoice(layer, problems)]))
  for (const layer of layers.toReversed()) {
    const said: Readonly<Record<string, unknown>> = { ...layer.values, ...choices.get(layer) }
    for (const key of FILE_KEYS) {
      if (said[key] === undefined) continue
      values[key] = said[key]
      sources.set(key, layer)
    }
  }
  const personal = readPersonalLayer(layers, problems)
  if (personal.length > 0) values['redact'] = withPersonal(values['redact'], personal)
  const labels = Object.fromEntries([...sources].map(([key, layer]) => [key, labelOf(layer, key)]))
  const parsed = configSchema.safeParse(values)
  for (const { path, message } of parsed.error?.issues ?? [])
    problems.push(`${labels[String(path[0])] ?? String(path[0])}: ${message}`)
  const exposed = parsed.data && exposure(parsed.data, labels['host'])
  if (exposed !== undefined) problems.push(exposed)
  if (parsed.data) problems.push(...strangeTokens(parsed.data, labels))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  const config = {
    ...UNSET,
    ...parsed.data,
    redact: parsed.data.redact ?? BUILT_IN,
    debug: parsed.data.debug || parsed.data.logLevel === 'DEBUG'
  }
  const asked = sources.get('mode')
  const mode = ci ? ciMode(config.mode, asked?.explicit ?? false) : config.mode
  const network = ci && !asked ? 'loopback' : 'anywhere'
  const origins = mode === config.mode ? labels : { ...labels, mode: `CI is set, which turns ${config.mode} into ${mode}` }
  const settled: Config = { ...config, mode, network }
  const lonely = needsOneProcess(settled, labels['workers'])
  if (lonely !== undefined) throw new ConfigError([lonely])
  return { config: settled, origins, proxyTokens: values['proxyTokens'] }
}

/** What is counted from request to request cannot be done by several processes that do not know of each other's. */
function needsOneProcess({ workers, mode, faults }: Config, label = 'workers'): string | undefined {
  if (workers === 1) return undefined
  const what =
    mode === 'live' || mode === 'record'
      ? faults && 'faults count requests'
      : `mode ${mode} keeps its place in a cassette from request to request`
  return what && `${label}: ${what}, which takes one process. Leave workers out.`
}

/** Whoever can reach the proxy can spend its keys: beyond loopback it must know who is calling. */
function exposure(
  { host, proxyTokens }: Pick<Config, 'host'> & { readonly proxyTokens?: unknown },
  label = 'HOST'
): string | undefined {
  if (isLoopback(host) || proxyTokens !== undefined) return undefined
  return (
    `${label}: HOST=${host} needs PROXY_TOKENS, since other machines can reach the proxy there and would spend your keys. ` +
    'Set PROXY_TOKENS=name:token (proxyTokens in a configuration file), or listen on 127.0.0.1.'
  )
}

/** A limit for a token that nobody has would look like one that is in force. */
function strangeTokens(
  config: Partial<Pick<Config, 'budget' | 'rateLimit' | 'proxyTokens'>>,
  labels: Readonly<Record<string, string>>
): string[] {
  const names = new Set(['*', ...(config.proxyTokens ?? []).map(({ name }) => name)])
  return (['budget', 'rateLimit'] as const).flatMap((key) => {
    const strange = config[key]?.find(({ token }) => token !== undefined && !names.has(token))
    if (!strange) return []
    return [`${labels[key] ?? key}: no token of PROXY_TOKENS is called ${show(strange.token)}. Name one that is, or * for each.`]
  })
}

/** Settings that may be missing. */
const UNSET = {
  openaiApiKey: undefined,
  anthropicApiKey: undefined,
  openaiOrgId: undefined,
  allowedModels: undefined,
  maxTokens: undefined,
  forbiddenInstructions: undefined,
  forbiddenOutputs: undefined,
  rateLimit: undefined,
  unknownEndpoints: undefined,
  rules: undefined,
  proxyTokens: undefined,
  browserProfiles: undefined,
  budget: undefined,
  unpricedModels: undefined,
  prices: undefined,
  otlpEndpoint: undefined,
  otlpTracesEndpoint: undefined,
  otlpHeaders: undefined,
  cassette: undefined,
  match: undefined,
  faults: undefined,
  faultSeed: undefined
} as const satisfies Partial<Config>

function readLayerChoice(layer: Layer, problems: string[]): Choice {
  try {
    return readChoice(layer.values, (key) => layer.label(key))
  } catch (error) {
    problems.push(messageOf(error))
    return { mode: undefined, cassette: undefined }
  }
}

/** Kinds of personal data that a variable names. */
function readPersonalLayer(layers: readonly Layer[], problems: string[]): PersonalKind[] {
  const layer = layers.find(({ values }) => values['redactPersonal'] !== undefined)
  try {
    return layer ? readPersonal(layer.values['redactPersonal']) : []
  } catch (error) {
    problems.push(`${layer!.label('redactPersonal')}: ${messageOf(error)}`)
    return []
  }
}

/** A variable never takes away what a file asks for: both hold. What is wrong in the file is told later. */
function withPersonal(redact: unknown, kinds: readonly PersonalKind[]): unknown {
  if (redact === undefined) return { personal: kinds }
  if (!isObject(redact)) return redact
  const { personal = [] } = redact
  if (personal === 'all') return redact
  return { ...redact, personal: Array.isArray(personal) ? [...personal, ...kinds] : personal }
}

/** Mode and place may have been said in other words. */
function labelOf(layer: Layer, key: string): string {
  const words =
    key === 'mode' || key === 'cassette' ? ['record', 'replay'].filter((word) => layer.values[word] !== undefined) : []
  return layer.values[key] === undefined && words.length > 0
    ? words.map((word) => layer.label(word)).join(' and ')
    : layer.label(key)
}
