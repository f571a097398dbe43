/** The proxy of this checkout, by its command line: all rules on, a log with bodies, costs counted. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../harness/machine.mjs'
import { writeCassette } from '../traffic/cassette.mjs'

/** Its name in tables and aims. */
export const OURS = 'openai-proxy'
/** And while it records. */
export const OURS_RECORDING = 'openai-proxy, recording'

const PATTERNS = [
  '*ignore previous instructions*',
  '*jailbreak*',
  '*reveal the system prompt*',
  '*act as root*',
  '*print your secrets*'
]

/** Every kind of rule that the settings know, none of which refuses what the load asks. */
const ALL_RULES = {
  allowedModels: ['gpt-4*', 'claude-*'],
  maxTokens: 100_000_000,
  forbiddenInstructions: PATTERNS.map((pattern) => `*:${pattern}`).join(','),
  rateLimit: '1000000/second,1000000000 tokens/minute',
  budget: '1000000/day',
  ledger: 'memory'
}

const LOG = { logFile: 'openai-proxy.log', logTokens: true }

/** No log, where something else is looked at. */
export const NO_LOG = { logFile: false }

/** The command line in a folder of its own, with a configuration file of these settings. */
export function command({ port, folder }, args, settings) {
  writeFileSync(join(folder, 'openai-proxy.config.json'), JSON.stringify(settings))
  return { command: process.execPath, args: [join(ROOT, 'dist', 'cli.js'), '--port', String(port), ...args], cwd: folder }
}

/** Towards an upstream, with flags and settings of one's own. */
export function forwardWith({ port, folder, upstream }, { args = [], settings = {} } = {}) {
  return command({ port, folder }, args, { ...ALL_RULES, ...LOG, openaiApiBaseUrl: `${upstream}/v1`, ...settings })
}

/** From a cassette, with the settings that hold where nobody gave others: the log is on, and has texts by their lengths. */
export async function replayWith({ port, folder, exchanges }, settings = {}) {
  await writeCassette(join(folder, 'bench.yaml'), exchanges)
  return command({ port, folder }, ['--replay', join(folder, 'bench.yaml'), '--speed', 'instant'], settings)
}

export const openaiProxy = {
  name: OURS,
  kind: 'ours',
  missing: () => undefined,
  replay: (task) => replayWith(task),
  forward: (task) => forwardWith(task)
}

export const openaiProxyRecording = {
  name: OURS_RECORDING,
  kind: 'ours',
  missing: () => undefined,
  forward: (task) => forwardWith(task, { args: ['--record', join(task.folder, 'recorded.yaml')] })
}
