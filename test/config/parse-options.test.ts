/** The options of `startProxy()`: the same schema, the defaults of a test, and little of the environment. */
import { hashToken } from '../../src/firewall/caller.ts'
import { allow } from '../../src/firewall/own-rule.ts'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/config-error.ts'
import type { ProxySettings } from '../../src/config/options.ts'
import { parseOptions } from '../../src/config/parse-options.ts'
import { BUILT_IN } from '../../src/redaction/policy.ts'
import { FILE_KEYS } from '../../src/config/settings.ts'
import { loadFrom } from './load-from.ts'

function problems(options: unknown, environment: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    parseOptions(options, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('startProxy options', () => {
  it('have the defaults of the command line, but for what a test wants otherwise', () => {
    expect(parseOptions({})).toEqual({ ...loadFrom({}).config, port: 0, speed: 0, ledger: 'memory', drainTimeout: 1 })
    expect(parseOptions({ port: undefined, cassette: undefined })).toEqual(parseOptions({}))
  })

  it('take every key of the configuration file, in its own type', () => {
    const all: Required<ProxySettings> = {
      mode: 'record',
      cassette: 'weather',
      match: { ignore: ['metadata.run_id'], normalise: [/build-\d+/], repeat: 'error' },
      speed: '0.5x',
      faults: ['model=gpt-4o,nth=2: status=429', { endpoint: '/v1/messages', delayMs: 20 }],
      faultSeed: 7,
      port: 8001,
      host: '::1',
      openaiApiKey: 'a',
      anthropicApiKey: 'b',
      openaiApiBaseUrl: 'http://localhost:1/v1',
      anthropicApiBaseUrl: 'http://localhost:2',
      openaiOrgId: 'c',
      allowedModels: ['gpt-4*', 'a,b'],
      maxTokens: 1,
      forbiddenInstructions: ['system:*x*', { pattern: '*y*' }],
      rateLimit: 2,
      forbiddenOutputs: ['*internal only*'],
      unknownEndpoints: 'block',
      rules: [{ name: 'mine', judge: () => allow() }],
      ruleTimeoutMs: 100,
      proxyTokens: { 'team-a': 'first-token', 'team-b': { token: 'second-token', maxTokens: 5 } },
      budget: [{ usd: 5, per: 'day', model: 'gpt-4*' }],
      budgetZone: 'Europe/Berlin',
      unpricedModels: 'allow',
      prices: [{ model: 'local/*', input: 0 }],
      ledger: 'memory',
      ledgerFailure: 'open',
      maskNetwork: false,
      streamUsage: false,
      browserProfile: false,
      browserProfiles: [{ name: 'mine', headers: [['User-Agent', 'x']] }],
      otlpEndpoint: 'http://localhost:4318',
      otlpTracesEndpoint: 'http://localhost:4318/traces',
      otlpHeaders: { 'x-api-key': 'd' },
      otelServiceName: 'e',
      upstreamTimeout: 0.25,
      maxBodyBytes: 3,
      drainTimeout: 2,
      logFile: 'x.log',
      logLevel: 'ERROR',
      logRequests: false,
      logResponses: false,
      logTokens: true,
      redact: { fields: ['metadata.user_id'], personal: ['iban', 'email'], names: ['Ada  Lovelace'] },
      debug: true
    }
    expect(Object.keys(all).toSorted()).toEqual(FILE_KEYS.filter((key) => key !== 'workers').toSorted())
    const forbiddenInstructions = [
      { role: 'system', pattern: '*x*' },
      { role: '*', pattern: '*y*' }
    ]
    const proxyTokens = [
      { name: 'team-a', sha256: hashToken('first-token') },
      { name: 'team-b', sha256: hashToken('second-token'), maxTokens: 5 }
    ]
    const rateLimit = [{ unit: 'requests', period: 'minute', limit: 2 }]
    const budget = [{ limit: 5_000_000, unit: 'usd', period: 'day', model: 'gpt-4*' }]
    const redact = { ...BUILT_IN, fields: ['metadata.user_id'], personal: ['email', 'iban'], names: ['Ada Lovelace'] }
    const faults = [
      { match: { model: 'gpt-4o', nth: 2 }, fault: { status: 429 }, text: 'model=gpt-4o,nth=2: status=429' },
      { match: { endpoint: '/v1/messages' }, fault: { delayMs: 20 }, text: 'endpoint=/v1/messages: delay-ms=20' }
    ]
    expect(parseOptions(all)).toEqual({
      ...all,
      workers: 1,
      network: 'anywhere',
      faults,
      rateLimit,
      speed: 0.5,
      forbiddenInstructions,
      proxyTokens,
      budget,
      redact
    })
  })

  it('refuse what they do not know, and say what was meant', () => {
    expect(problems({ cassete: 'weather' })).toEqual(['startProxy(): unknown key "cassete", did you mean "cassette"?'])
    expect(problems({ workers: 2 })).toEqual(['startProxy(): option workers: a test has one process. Leave it out.'])
    expect(problems({ maxTokens: 'x', port: -1 })).toEqual(
      [
        expect.stringMatching(/^startProxy\(\): option port: -1 is no whole number/),
        expect.stringMatching(/^startProxy\(\): option maxTokens: "x" is no whole number/)
      ].toReversed()
    )
    for (const wrong of [null, 3, 'weather', []])
      expect(problems(wrong)).toEqual(['startProxy() takes one object of options, or nothing.'])
    expect(problems({ host: null, openaiApiKey: null })).toHaveLength(2)
  })

  it('a cassette without a mode is replayed, or recorded once', () => {
    expect(parseOptions({ cassette: 'weather' }).mode).toBe('once')
    expect(parseOptions({ cassette: 'weather', mode: 'live' }).mode).toBe('live')
    expect(parseOptions({ cassette: 'weather' }, { CI: 'true' }).mode).toBe('replay')
    expect(parseOptions({}, { CI: 'true' }).mode).toBe('live')
  })

  it('take keys and mode of the environment where they say nothing, and nothing else', () => {
    const environment = {
      OPENAI_API_KEY: 'k1',
      ANTHROPIC_API_KEY: ' ',
      OPENAI_PROXY_MODE: 'record',
      PORT: '9',
      MAX_TOKENS: 'x',
      ALOWED_MODELS: 'x'
    }
    expect(parseOptions({}, environment)).toEqual({ ...parseOptions({}), openaiApiKey: 'k1', mode: 'record' })
    expect(parseOptions({ cassette: 'weather' }, environment).mode).toBe('record')
    expect(parseOptions({ mode: 'replay', openaiApiKey: 'k2' }, environment)).toMatchObject({
      mode: 'replay',
      openaiApiKey: 'k2'
    })
    expect(problems({}, { OPENAI_PROXY_MODE: 'play' })).toEqual([
      expect.stringMatching(/^OPENAI_PROXY_MODE in the environment: "play" is none of/)
    ])
  })

  it('in CI record only where the code says so', () => {
    expect(parseOptions({ mode: 'record' }, { CI: '1' }).mode).toBe('record')
    expect(parseOptions({}, { CI: '1', OPENAI_PROXY_MODE: 'record' }).mode).toBe('replay')
    expect(parseOptions({ mode: 'auto' }, { CI: '1' }).mode).toBe('replay')
  })
})
