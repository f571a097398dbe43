/** Loads the configuration of the command line: flags, environment, `.env`, configuration file, defaults, in this order. */
import { withPlace } from './cassette-place.ts'
import type { Config, Origins, Variables } from './config.ts'
import { isProgram, readConfigFile, type ConfigFile } from './config-file.ts'
import { readEnvFile } from './env-file.ts'
import { findConfigFile, findEnvFile, readTextFile, type Found, type FoundFile, type NamedFile, type ReadFile } from './files.ts'
import { DEFAULTS, resolveLayers, type Layer } from './layers.ts'
import { knownSecrets, type KnownSecret } from './known-secrets.ts'
import { isCi } from './mode.ts'
import { strangeVariables } from './near-miss.ts'
import { SETTINGS, VARIABLES } from './settings.ts'

/** The flags as they were given, by key; `true` for one without a value. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>

export interface LoadOptions {
  readonly flags: Flags
  readonly env: Variables
  /** Where `.env` and the configuration file are looked for. */
  readonly cwd: string
  /**
   * Gives a file's text, or `undefined` where there is none.
   * @default reads the disk
   */
  readonly readFile?: ReadFile
  /** What the configuration file gave, where it is a program that has been run. */
  readonly program?: ConfigFile | undefined
}

export interface LoadedConfig {
  readonly config: Config
  readonly origins: Origins
  /** Values that must be kept nowhere. */
  readonly secrets: readonly KnownSecret[]
  /** Worth a line each, but no reason not to start. */
  readonly warnings: readonly string[]
}

/** A source of settings, and what is wrong with it. */
interface ReadLayer {
  readonly layer: Layer
  readonly problems: readonly string[]
}

/** Where the settings come from, but for what the configuration file says. */
interface Sources {
  /** The variables of `.env`. */
  readonly file: Variables
  readonly outer: readonly Layer[]
  readonly configFile: Found
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

/** @throws `ConfigError` with every problem, each naming where it was set */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { file, outer, configFile, problems: found, warnings } = findSources(options)
  const fromConfigFile = readConfigFileLayer(configFile.file, options.program)
  const problems = [...found, ...fromConfigFile.problems]
  const { config, origins, proxyTokens } = resolveLayers([...outer, fromConfigFile.layer], {
    ci: isCi(options.env),
    defaults: DEFAULTS,
    problems
  })
  const secrets = knownSecrets({ variables: { ...file, ...options.env }, named: config.redact.env, proxyTokens })
  return { config: withPlace(config, origins.cassette), origins, secrets, warnings }
}

/** The configuration file that {@link loadConfig} would read; `undefined`: there is none, or more than one. */
export function findConfiguration(options: LoadOptions): FoundFile | undefined {
  const { file, problems } = findSources(options).configFile
  return problems.length === 0 ? file : undefined
}

function findSources({ flags, env, cwd, readFile = readTextFile }: LoadOptions): Sources {
  const flagLayer: Layer = { values: flags, explicit: true, label: flagLabel }
  const envFile = findEnvFile(namedFile([flagLayer, variableLayer(env, 'the environment')], 'envFile'), cwd, readFile)
  const fromEnvFile = readEnvFileLayer(envFile.file)
  const shell = flags['envFile'] === undefined ? env : withoutFile(env, fromEnvFile.variables)
  const outer = [flagLayer, variableLayer(shell, 'the environment'), fromEnvFile.layer]
  const configFile = findConfigFile(namedFile(outer, 'config'), cwd, readFile)
  const strange = strangeVariables(Object.keys(shell), 'the environment')
  const problems = strange.filter(({ isOurs }) => isOurs).map(({ message }) => message)
  return {
    file: fromEnvFile.variables,
    outer,
    configFile,
    problems: [...problems, ...[envFile, fromEnvFile, configFile].flatMap((part) => part.problems)],
    // Another program may have such a variable: that it is not in force is told, and the proxy starts.
    warnings: strange.filter(({ isOurs }) => !isOurs).map(({ message }) => `${message} It is not in force.`)
  }
}

/**
 * Node 20 takes `--env-file` for a flag of its own, wherever it stands, and puts the file's variables into the environment. They
 * come from the file all the same. https://github.com/nodejs/node/issues/54232
 */
function withoutFile(env: Variables, file: Variables): Variables {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => file[name] !== value))
}

function readEnvFileLayer(file: FoundFile | undefined): ReadLayer & { readonly variables: Variables } {
  const name = file?.name ?? '.env'
  const { variables, problems } = readEnvFile(file?.text ?? '')
  const layer = variableLayer(variables, name)
  const circular =
    layer.values['envFile'] === undefined ? [] : [`${layer.label('envFile')}: a file cannot name itself. Set it elsewhere.`]
  const strange = strangeVariables(Object.keys(variables), name)
  const named = problems.map((problem) => `${name}: ${problem}`)
  return { variables, layer, problems: [...named, ...strange.map(({ message }) => message), ...circular] }
}

function readConfigFileLayer(file: FoundFile | undefined, program: ConfigFile | undefined): ReadLayer {
  const { values, problems } = file ? readFound(file, program) : { values: {}, problems: [] }
  const label = (key: string): string => `${file?.name}: ${key}`
  return { layer: { values, explicit: false, label }, problems: problems.map((problem) => `${file?.name}: ${problem}`) }
}

function readFound({ name, text }: FoundFile, program: ConfigFile | undefined): ConfigFile {
  if (!isProgram(name)) return readConfigFile(name, text)
  return program ?? { values: {}, problems: ['is a program, and was not run. Start the proxy with the command openai-proxy.'] }
}

/** Settings out of variables. An empty one counts as not set. */
function variableLayer(variables: Variables, place: string): Layer {
  const set = VARIABLES.flatMap(({ key, variable }) => {
    const value = variables[variable]?.trim()
    return value ? [[key, value] as const] : []
  })
  const label = (key: string): string => `${VARIABLES.find((setting) => setting.key === key)?.variable ?? key} in ${place}`
  return { values: Object.fromEntries(set), explicit: false, label }
}

function flagLabel(key: string): string {
  return SETTINGS.find((setting) => setting.key === key)?.flag?.split(' ', 1)[0] ?? key
}

function namedFile(layers: readonly Layer[], key: string): NamedFile | undefined {
  const layer = layers.find(({ values }) => typeof values[key] === 'string')
  return layer && { name: String(layer.values[key]), label: layer.label(key) }
}
