/** Reading the arguments, and what is printed when the proxy has started. */
import { describe, expect, it } from 'vitest'
import { readArguments, type Arguments } from '../../src/config/command-line.ts'
import { SETTINGS } from '../../src/config/settings.ts'
import { startLines, type StartFacts } from '../../src/config/start-lines.ts'
import { canary, findCanary } from '../support/canary.ts'
import { loadFrom, type Given } from './load-from.ts'

function read(...args: string[]): { readonly result: Arguments; readonly out: string; readonly err: string } {
  const written = { out: '', err: '' }
  const result = readArguments(args, {
    version: '1.2.3',
    out: (text) => (written.out += text),
    err: (text) => (written.err += text)
  })
  return { result, ...written }
}

describe('arguments', () => {
  it('become flags by the names of the settings', () => {
    const all = [
      '--port',
      '1',
      '--host=h',
      '--record',
      'a',
      '--replay',
      '--mode',
      'm',
      '--speed',
      's',
      '--fault',
      'x',
      '--fault',
      'y',
      '--fault-seed=1',
      '--workers',
      '2',
      '--debug',
      '--config',
      'c',
      '--env-file',
      'e'
    ]
    const { result, out, err } = read(...all)
    const flags = {
      port: '1',
      host: 'h',
      record: 'a',
      replay: true,
      mode: 'm',
      speed: 's',
      faults: 'x; y',
      faultSeed: '1',
      workers: '2',
      debug: true,
      config: 'c',
      envFile: 'e'
    }
    expect(result).toEqual({ kind: 'run', flags })
    expect([out, err]).toEqual(['', ''])
    const known = SETTINGS.filter(({ flag }) => flag !== undefined).map(({ key }) => key)
    expect(Object.keys(flags).toSorted()).toEqual(known.toSorted())
    expect(read().result).toEqual({ kind: 'run', flags: {} })
  })

  it('that ask for help or version end with 0, and those that are wrong with 2', () => {
    expect(read('--version')).toEqual({ result: { kind: 'exit', code: 0 }, out: '1.2.3\n', err: '' })
    expect(read('-h')).toMatchObject({ result: { kind: 'exit', code: 0 }, err: '' })
    for (const args of [['--recrod'], ['stray'], ['--port'], ['-x'], ['--debug=maybe', 'x']]) {
      const { result, out, err } = read(...args)
      expect(result).toEqual({ kind: 'exit', code: 2 })
      expect(out).toBe('')
      expect(err).toMatch(/^error: .*[\s\S]*Run openai-proxy --help to see every flag and setting\.\n$/)
    }
    expect(read('--recrod').err).toContain('(Did you mean --record?)')
  })
})

function linesOf(given: Given, facts: Partial<StartFacts> = {}): string[] {
  const { config, origins } = loadFrom(given)
  const url = 'http://127.0.0.1:8000'
  const addresses = { url, openaiBaseURL: `${url}/v1`, anthropicBaseURL: url }
  return startLines({ config, origins, version: '1.2.3', ...addresses, rules: [], faults: [], cassette: undefined, ...facts })
}

describe('the lines at start', () => {
  it('tell what is in force when nothing is set', () => {
    expect(linesOf({})).toEqual([
      'openai-proxy 1.2.3',
      '  mode           live',
      '  address        http://127.0.0.1:8000',
      '  rules          none: every model, no limits',
      '  log            logs/api-firewall.log (level INFO, lengths of texts only)',
      "  OpenAI key     none: the client's own is used",
      "  Anthropic key  none: the client's own is used",
      'Point clients at it:',
      '  export OPENAI_BASE_URL=http://127.0.0.1:8000/v1',
      '  export ANTHROPIC_BASE_URL=http://127.0.0.1:8000'
    ])
  })

  it('tell rules, upstreams, log and cassette where they are set', () => {
    const env = {
      OPENAI_API_BASE_URL: 'http://gate.test/v1',
      LOG_TOKENS: 'true',
      LOG_REQUESTS: 'no',
      LOG_RESPONSES: 'no',
      LOG_LEVEL: 'ERROR'
    }
    const lines = linesOf(
      { flags: { record: 'weather' }, env },
      { rules: ['allowed models: a', 'rate: b'], cassette: 'cassette recordings/weather.yaml' }
    )
    expect(lines).toContain('  mode           record, cassette recordings/weather.yaml')
    expect(lines).toContain('  rules          allowed models: a')
    expect(lines).toContain('                 rate: b')
    expect(lines).toContain('  OpenAI at      http://gate.test/v1')
    expect(lines.join('\n')).not.toContain('Anthropic at')
    expect(lines).toContain('  log            logs/api-firewall.log (level ERROR, with texts, no requests, no answers)')
  })

  it('tell where counts are kept, never a password', () => {
    expect(linesOf({ env: { BUDGET: '5/day' } })).toContain('  ledger         logs/ledger.journal')
    expect(linesOf({ env: { LEDGER: 'rediss://me:secret@redis:6380/1', LEDGER_FAILURE: 'open' } })).toContain(
      '  ledger         rediss://redis:6380/1 (while it is away: open)'
    )
    expect(linesOf({}).join('\n')).not.toContain('ledger')
  })

  it('tell where a key comes from, and never the key', () => {
    const [one, two] = [canary('openai'), canary('anthropic')]
    const lines = linesOf({ env: { OPENAI_API_KEY: one }, files: { '.env': `ANTHROPIC_API_KEY=${two}` } })
    expect(lines).toContain('  OpenAI key     from OPENAI_API_KEY in the environment')
    expect(lines).toContain('  Anthropic key  from ANTHROPIC_API_KEY in .env')
    for (const key of [one, two]) expect(findCanary(lines.join('\n'), key)).toEqual([])
  })

  it.each(['0.0.0.0', '::', '192.168.1.2', 'my-machine'])('warn where %s can be reached from outside', (host) => {
    const lines = linesOf({ flags: { host }, env: { PROXY_TOKENS: 'team-a:first-token,team-b:second-token' } })
    expect(lines.at(-1)).toBe(
      `Warning: ${host} can be reached from other machines. Whoever has one of PROXY_TOKENS can spend your keys.`
    )
    expect(lines).toContain('  callers        only with a token: team-a, team-b')
    expect(lines.join('\n')).not.toContain('first-token')
  })

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]', 'app.localhost'])('do not warn where it cannot: %s', (host) => {
    expect(linesOf({ flags: { host } }).join('\n')).not.toContain('Warning')
  })
})
