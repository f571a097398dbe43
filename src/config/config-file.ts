/** Reads the configuration file: YAML or JSON, or what a program gave, with the settings' names as keys. */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { quietly } from '../cassettes/quietly.ts'
import { JsonError, parseJson } from '../http/json.ts'
import { unknownKey } from './near-miss.ts'
import { FILE_KEYS } from './settings.ts'

/** The names that are looked for where none is given. */
export const CONFIG_FILES: readonly string[] = ['ts', 'mts', 'js', 'mjs', 'cjs', 'yaml', 'yml', 'json'].map(
  (ending) => `openai-proxy.config.${ending}`
)

/** What a configuration file says. */
export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>
  /** Each without the file's name. */
  readonly problems: readonly string[]
}

/** Whether a file's name says that it is a program. */
export function isProgram(name: string): boolean {
  return /^\.[cm]?[jt]s$/.test(extname(name))
}

/** @param name decides how the text is read: `.json` as JSON, `.yaml` and `.yml` as YAML */
export function readConfigFile(name: string, text: string): ConfigFile {
  const read = { '.json': readJson, '.yaml': readYaml, '.yml': readYaml }[extname(name).toLowerCase()]
  if (!read)
    return {
      values: {},
      problems: ['is neither .js, .mjs, .ts, .yaml, .yml nor .json. Rename it, or name another with --config.']
    }
  const content = read(text.replace(/^\uFEFF/, ''))
  if (typeof content === 'string') return { values: {}, problems: [content] }
  return readSettings(content.value)
}

/** The settings in what a file holds. */
export function readSettings(value: unknown): ConfigFile {
  if (value === null || value === undefined) return { values: {}, problems: [] }
  if (typeof value !== 'object' || Array.isArray(value))
    return { values: {}, problems: ['holds no settings. Write one a line, e.g. maxTokens: 4000.'] }
  // A key without a value is a setting that is not set, as an empty variable is.
  const entries = Object.entries(value).filter(([, setting]) => setting !== null)
  const problems = entries.filter(([key]) => !FILE_KEYS.includes(key)).map(([key]) => unknownKey(key))
  return { values: Object.fromEntries(entries.filter(([key]) => FILE_KEYS.includes(key))), problems }
}

/** The content, or what is wrong with it. Never shows the text: it may hold a key. */
type Content = { readonly value: unknown } | string

function readJson(text: string): Content {
  if (text.trim() === '') return { value: null }
  try {
    return { value: parseJson(text) }
  } catch (error) {
    const detail = error instanceof JsonError && error.message.startsWith('The key') ? ` ${error.message}` : ''
    return `is not valid JSON.${detail} Check its commas, quotes and brackets.`
  }
}

/** The parser is loaded here: most runs have no such file. */
function readYaml(text: string): Content {
  const { LineCounter, parseDocument } = createRequire(import.meta.url)('yaml') as typeof import('yaml')
  const lines = new LineCounter()
  const document = quietly(() => parseDocument(text, { lineCounter: lines, prettyErrors: false }))
  const [error] = [...document.errors, ...document.warnings]
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    return `is not valid YAML in line ${line}, column ${col} (${error.code.toLowerCase().replaceAll('_', ' ')}).`
  }
  try {
    return { value: document.toJS() as unknown }
  } catch {
    return 'is not valid YAML: an alias in it names nothing, or too much.'
  }
}
