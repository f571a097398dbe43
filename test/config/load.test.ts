/** Where settings come from, which one counts, and what is said of wrong ones. */
import { hashToken } from '../../src/firewall/caller.ts'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadConfig } from '../../src/config/load.ts'
import { BUILT_IN } from '../../src/redaction/policy.ts'
import { SETTINGS, VARIABLES } from '../../src/config/settings.ts'
import { canary } from '../support/canary.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { loadFrom, problemsOf } from './load-from.ts'

const YAML = 'openai-proxy.config.yaml'

describe('defaults', () => {
  it('are those of the table when nothing is set', () => {
    const { config, origins, warnings } = loadFrom({})
    expect(config).toEqual({
      network: 'anywhere',
      openaiApiKey: undefined,
      anthropicApiKey: undefined,
      openaiApiBaseUrl: 'https://api.openai.com/v1',
      anthropicApiBaseUrl: 'https://api.anthropic.com',
      openaiOrgId: undefined,
      logLevel: 'INFO',
      logFile: 'logs/api-firewall.log',
      logRequests: true,
      logResponses: true,
      logTokens: false,
      allowedModels: undefined,
      maxTokens: undefined,
      forbiddenInstructions: undefined,
      forbiddenOutputs: undefined,
      rateLimit: undefined,
      unknownEndpoints: undefined,
      rules: undefined,
      ruleTimeoutMs: 5000,
      proxyTokens: undefined,
      maskNetwork: true,
      browserProfile: true,
      browserProfiles: undefined,
      streamUsage: true,
      budget: undefined,
      budgetZone: 'UTC',
      unpricedModels: undefined,
      prices: undefined,
      ledger: 'logs/ledger.journal',
      ledgerFailure: 'closed',
      otlpEndpoint: undefined,
      otlpTracesEndpoint: undefined,
      otlpHeaders: undefined,
      otelServiceName: 'openai-proxy',
      upstreamTimeout: 600,
      maxBodyBytes: 104857600,
      drainTimeout: 5,
      port: 8000,
      workers: 1,
      host: '127.0.0.1',
      mode: 'live',
      cassette: undefined,
      speed: 1,
      redact: BUILT_IN,
      debug: false
    })
    expect(origins).toEqual({})
    expect(warnings).toEqual([])
  })

  it('hold where variables are empty or blank', () => {
    const env = Object.fromEntries(VARIABLES.map(({ variable }, index) => [variable, index % 2 === 0 ? '' : '  ']))
    expect(loadFrom({ env }).config).toEqual(loadFrom({}).config)
  })

  it('hold where keys of the configuration file have no value', () => {
    expect(loadFrom({ files: { [YAML]: 'maxTokens:\nallowedModels: null\n' } }).config).toEqual(loadFrom({}).config)
    for (const text of ['', '\n', '# only words\n', '---\n'])
      expect(loadFrom({ files: { [YAML]: text } }).config).toEqual(loadFrom({}).config)
  })
})

const perMinute = (limit: number): unknown => [{ unit: 'requests', period: 'minute', limit }]

describe('precedence', () => {
  const files = {
    '.env': 'PORT=3\nHOST=env-file.localhost\nRATE_LIMIT=3',
    [YAML]: 'port: 4\nhost: file.localhost\nrateLimit: 4\nmaxTokens: 4\n'
  }
  const env = { PORT: '2', HOST: 'env.localhost' }

  it('is flag, environment, .env, configuration file, default', () => {
    const { config, origins } = loadFrom({ flags: { port: '1' }, env, files })
    expect(config).toMatchObject({ port: 1, host: 'env.localhost', rateLimit: perMinute(3), maxTokens: 4, upstreamTimeout: 600 })
    expect(origins).toEqual({
      port: '--port',
      host: 'HOST in the environment',
      rateLimit: 'RATE_LIMIT in .env',
      maxTokens: `${YAML}: maxTokens`
    })
  })

  it('passes an empty variable over', () => {
    expect(loadFrom({ env: { PORT: '' }, files }).config.port).toBe(3)
  })

  it('does not let a wrong value hide behind a right one of less weight', () => {
    expect(problemsOf({ env: { PORT: 'x' }, files })).toEqual([
      'PORT in the environment: "x" is no whole number from 0 to 65535.'
    ])
  })
})

describe('every variable', () => {
  const samples: Readonly<Record<string, readonly [text: string, key: string, value: unknown]>> = {
    OPENAI_API_KEY: ['abc-123', 'openaiApiKey', 'abc-123'],
    ANTHROPIC_API_KEY: ['abc-124', 'anthropicApiKey', 'abc-124'],
    OPENAI_API_BASE_URL: ['http://127.0.0.1:9/some/v1', 'openaiApiBaseUrl', 'http://127.0.0.1:9/some/v1'],
    ANTHROPIC_API_BASE_URL: ['https://gate.test/anthropic', 'anthropicApiBaseUrl', 'https://gate.test/anthropic'],
    OPENAI_ORG_ID: ['org-1', 'openaiOrgId', 'org-1'],
    LOG_LEVEL: ['warn', 'logLevel', 'WARNING'],
    LOG_FILE: ['off', 'logFile', false],
    LOG_REQUESTS: ['0', 'logRequests', false],
    LOG_RESPONSES: ['No', 'logResponses', false],
    LOG_TOKENS: ['YES', 'logTokens', true],
    ALLOWED_MODELS: [' gpt-4*, ,claude-* ,', 'allowedModels', ['gpt-4*', 'claude-*']],
    MAX_TOKENS: ['4000', 'maxTokens', 4000],
    FORBIDDEN_OUTPUTS: ['*a\\, b*, *c*,', 'forbiddenOutputs', ['*a, b*', '*c*']],
    FORBIDDEN_INSTRUCTIONS: ['system:*jailbreak*', 'forbiddenInstructions', [{ role: 'system', pattern: '*jailbreak*' }]],
    RATE_LIMIT: ['60', 'rateLimit', perMinute(60)],
    UNKNOWN_ENDPOINTS: ['Block', 'unknownEndpoints', 'block'],
    PROXY_TOKENS: ['team-a:first-token', 'proxyTokens', [{ name: 'team-a', sha256: hashToken('first-token') }]],
    MASK_NETWORK: ['off', 'maskNetwork', false],
    BROWSER_PROFILE: ['false', 'browserProfile', false],
    STREAM_USAGE: ['false', 'streamUsage', false],
    BUDGET: ['5/day', 'budget', [{ limit: 5_000_000, unit: 'usd', period: 'day' }]],
    BUDGET_ZONE: ['Europe/Berlin', 'budgetZone', 'Europe/Berlin'],
    UNPRICED_MODELS: ['allow', 'unpricedModels', 'allow'],
    LEDGER: ['redis://127.0.0.1:6379', 'ledger', 'redis://127.0.0.1:6379'],
    LEDGER_FAILURE: ['open', 'ledgerFailure', 'open'],
    OTEL_EXPORTER_OTLP_ENDPOINT: ['http://localhost:4318', 'otlpEndpoint', 'http://localhost:4318'],
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ['https://otel.example/spans', 'otlpTracesEndpoint', 'https://otel.example/spans'],
    OTEL_EXPORTER_OTLP_HEADERS: ['X-A=b%2Cc, d=e', 'otlpHeaders', { 'x-a': 'b,c', d: 'e' }],
    OTEL_SERVICE_NAME: ['gate', 'otelServiceName', 'gate'],
    UPSTREAM_TIMEOUT: ['1.5', 'upstreamTimeout', 1.5],
    MAX_BODY_BYTES: ['1024', 'maxBodyBytes', 1024],
    DRAIN_TIMEOUT: ['30', 'drainTimeout', 30],
    PORT: ['0', 'port', 0],
    OPENAI_PROXY_WORKERS: ['4', 'workers', 4],
    HOST: ['[::1]', 'host', '::1'],
    REDACT_PERSONAL: ['Email, card,', 'redact', { ...BUILT_IN, personal: ['email', 'card'] }],
    OPENAI_PROXY_RECORD: ['weather', 'mode', 'record'],
    OPENAI_PROXY_REPLAY: ['weather', 'cassette', 'weather'],
    OPENAI_PROXY_MODE: ['Once', 'mode', 'once'],
    OPENAI_PROXY_SPEED: ['2x', 'speed', 2],
    OPENAI_PROXY_FAULT: ['stall', 'faults', [{ match: {}, fault: { stall: true }, text: 'stall' }]],
    OPENAI_PROXY_FAULT_SEED: ['7', 'faultSeed', 7],
    OPENAI_PROXY_DEBUG: ['on', 'debug', true]
  }

  it('is tried here, or names a file', () => {
    const tried = [...Object.keys(samples), 'OPENAI_PROXY_CONFIG', 'OPENAI_PROXY_ENV_FILE']
    expect(VARIABLES.map(({ variable }) => variable).toSorted()).toEqual(tried.toSorted())
  })

  it.each(Object.entries(samples))(
    '%s works in the environment, in .env and in the configuration file',
    (variable, [text, key, value]) => {
      expect(loadFrom({ env: { [variable]: text } }).config).toMatchObject({ [key]: value })
      expect(loadFrom({ files: { '.env': `export ${variable}="${text}"\r\n` } }).config).toMatchObject({ [key]: value })
      const setting = SETTINGS.find((row) => row.variable === variable)!
      if (setting.outside) return
      expect(loadFrom({ files: { [YAML]: JSON.stringify({ [setting.key]: text }) } }).config).toMatchObject({ [key]: value })
      // These are read into another form than they are written in.
      const isRead = ['speed', 'proxyTokens', 'budget', 'rateLimit', 'faults'].includes(key)
      const typed = JSON.stringify({ [key]: isRead ? text : value })
      expect(loadFrom({ files: { 'openai-proxy.config.json': typed } }).config).toMatchObject({ [key]: value })
    }
  )

  it('budgets and prices have a finer form in the configuration file', () => {
    const text = [
      'budget:',
      '  - {usd: 2.5, per: hour, model: gpt-4*}',
      '  - {tokens: 1000, per: day, token: "*"}',
      'prices: [{model: local/*, input: 0, output: 0.5}]'
    ].join('\n')
    expect(loadFrom({ files: { [YAML]: text } }).config).toMatchObject({
      budget: [
        { limit: 2_500_000, unit: 'usd', period: 'hour', model: 'gpt-4*' },
        { limit: 1000, unit: 'tokens', period: 'day', token: '*' }
      ],
      prices: [{ model: 'local/*', input: 0, output: 0.5 }]
    })
    for (const [wrong, message] of [
      ['budget: 5/week', /"5\/week" names no period/],
      ['budget: []', /names no budget/],
      ['budget: [{usd: 5}]', /entry 1 per names no period/],
      ['budget: [{usd: 5, tokens: 3, per: day}]', /usd or tokens, one of them/],
      ['budget: [{usd: 5, per: day, modell: x}]', /modell/],
      ['budgetZone: Mars/Base', /Mars\/Base/],
      ['prices: [{model: x}]', /input/]
    ] as const)
      expect(problemsOf({ files: { [YAML]: wrong } }).join('\n')).toMatch(message)
  })

  it('rates have a finer form in the configuration file, and for one token', () => {
    const text = [
      'rateLimit:',
      '  - {requests: 60, per: minute}',
      '  - {tokens: 1000, per: day, token: "*"}',
      '  - {concurrent: 2, model: gpt-4*}',
      'proxyTokens:',
      '  a: {token: a-long-text, rateLimit: "5/second,1 concurrent"}',
      '  b: {token: another-text, rateLimit: [{tokens: 9, per: hour}]}'
    ].join('\n')
    expect(loadFrom({ files: { [YAML]: text } }).config).toMatchObject({
      rateLimit: [
        { unit: 'requests', period: 'minute', limit: 60 },
        { unit: 'tokens', period: 'day', limit: 1000, token: '*' },
        { unit: 'concurrent', limit: 2, model: 'gpt-4*' }
      ],
      proxyTokens: [
        {
          rateLimit: [
            { unit: 'requests', period: 'second', limit: 5 },
            { unit: 'concurrent', limit: 1 }
          ]
        },
        { rateLimit: [{ unit: 'tokens', period: 'hour', limit: 9 }] }
      ]
    })
    for (const [wrong, message] of [
      ['rateLimit: []', /names no rate/],
      ['rateLimit: {requests: 5}', /no list of rates/],
      ['rateLimit: [{requests: 5, tokens: 5, per: minute}]', /entry 1.*one of them/],
      ['rateLimit: [{requests: 5}, {tokens: 5}]', /entry 2.*5 tokens\/minute/],
      ['rateLimit: [{concurrent: 5, per: minute}]', /no period/],
      ['rateLimit: [{requests: 5, per: year}]', /entry 1 per names no period/],
      ['rateLimit: [{requests: 1.5, per: minute}]', /is no rate/],
      ['rateLimit: [{requests: 5, modell: x}]', /modell/],
      ['rateLimit: [{requests: 5, token: nobody}]', /rateLimit: no token of PROXY_TOKENS is called "nobody"/],
      ['budget: [{usd: 5, per: day, token: nobody}]', /budget: no token of PROXY_TOKENS is called "nobody"/],
      ['proxyTokens: {a: {token: a-long-text, rateLimit: [{requests: 5, token: b}]}}', /token within a token/]
    ] as const)
      expect(problemsOf({ files: { [YAML]: wrong } }).join('\n'), wrong).toMatch(message)
  })

  it('DEBUG as the log level is --debug', () => {
    expect(loadFrom({ env: { LOG_LEVEL: 'debug' } }).config).toMatchObject({ logLevel: 'DEBUG', debug: true })
  })
})

describe('wrong values', () => {
  const wrong: readonly (readonly [variable: string, value: string, message: string])[] = [
    ['MAX_TOKENS', 'lots', '"lots" is no whole number'],
    ['MAX_TOKENS', '0', '0 is no whole number from 1'],
    ['MAX_TOKENS', '-5', '"-5" is no whole number'],
    ['MAX_TOKENS', '4000.5', '"4000.5" is no whole number'],
    ['MAX_TOKENS', '1e3', '"1e3" is no whole number'],
    ['MAX_TOKENS', '4_000', '"4_000" is no whole number'],
    ['RATE_LIMIT', 'Infinity', '"Infinity" is no rate'],
    ['RATE_LIMIT', '0', '"0" is no whole number from 1'],
    ['PORT', '65536', 'is no whole number from 0 to 65535'],
    ['UPSTREAM_TIMEOUT', '0', 'is no number of seconds above 0'],
    ['UPSTREAM_TIMEOUT', '10s', '"10s" is no number of seconds'],
    ['LOG_LEVEL', 'LOUD', '"LOUD" is none of DEBUG, INFO, WARNING, ERROR'],
    ['LOG_TOKENS', 'maybe', '"maybe" is neither true nor false'],
    ['MASK_NETWORK', 'truee', '"truee" is neither true nor false'],
    ['LOG_FILE', 'true', 'is no path of a file'],
    ['ALLOWED_MODELS', ' , ,', 'names no model'],
    ['FORBIDDEN_INSTRUCTIONS', ',', 'names no instruction'],
    ['FORBIDDEN_INSTRUCTIONS', 'sytem:*x*', '"sytem" is no role'],
    ['HOST', 'http://127.0.0.1', 'is no address to listen on'],
    ['HOST', '127.0.0.1:80', 'is no address to listen on'],
    ['OPENAI_API_BASE_URL', 'api.openai.com', 'is no URL'],
    ['OPENAI_API_BASE_URL', 'ftp://api.openai.com', 'is no http or https URL'],
    ['OPENAI_API_BASE_URL', 'https://x.test/v1?a=b', 'holds a query'],
    ['ANTHROPIC_API_BASE_URL', 'https://x.test/#', 'holds a query or a fragment'],
    ['OPENAI_API_KEY', 'one two', 'holds a space'],
    ['OPENAI_PROXY_MODE', 'play', '"play" is none of live, record, replay, auto, once'],
    ['OPENAI_PROXY_SPEED', 'fast', '"fast" is no speed'],
    ['OPENAI_PROXY_FAULT', 'model=gpt-4o', 'does not say what goes wrong'],
    ['OPENAI_PROXY_FAULT_SEED', 'new', 'no whole number']
  ]

  it.each(wrong)('%s=%s is told, wherever it stands', (variable, value, message) => {
    expect(problemsOf({ env: { [variable]: value } })).toEqual([expect.stringContaining(message)])
    const [problem] = problemsOf({ files: { '.env': `${variable}="${value}"` } })
    expect(problem).toMatch(new RegExp(`^${variable} in \\.env: `))
  })

  it('are told all at once, each with its place', () => {
    const problems = problemsOf({
      flags: { port: 'x' },
      env: { RATE_LIMIT: 'y' },
      files: { '.env': 'MAX_TOKENS=z', [YAML]: 'logTokens: 3\nmaxToken: 4\n' }
    })
    expect(problems).toHaveLength(5)
    expect(problems.join('\n')).toContain(`${YAML}: unknown key "maxToken", did you mean "maxTokens"?`)
    expect(problems.join('\n')).toContain(`${YAML}: logTokens: 3 is neither true nor false.`)
    expect(problems.join('\n')).toContain('MAX_TOKENS in .env: "z" is no whole number')
    expect(problems.join('\n')).toContain('RATE_LIMIT in the environment: "y" is no rate')
    expect(problems.join('\n')).toContain('--port: "x" is no whole number')
  })

  it('more workers than one need requests that do not depend on each other', () => {
    for (const given of [{ mode: 'live' }, { record: true }])
      expect(loadFrom({ flags: { ...given, workers: '3' } }).config.workers).toBe(3)
    expect(problemsOf({ flags: { replay: true, workers: '2' } })).toEqual([
      '--workers: mode replay keeps its place in a cassette from request to request, which takes one process. Leave workers out.'
    ])
    expect(problemsOf({ flags: { faults: 'stall' }, env: { OPENAI_PROXY_WORKERS: '2' } })).toEqual([
      'OPENAI_PROXY_WORKERS in the environment: faults count requests, which takes one process. Leave workers out.'
    ])
    expect(problemsOf({ flags: { workers: '0' } })).toHaveLength(1)
    // CI turns it into replay.
    expect(problemsOf({ env: { CI: 'true', OPENAI_PROXY_RECORD: 'true', OPENAI_PROXY_WORKERS: '2' } })).toHaveLength(1)
  })

  it('never show what could be a key', () => {
    const key = canary('openaiProject')
    const given = ['MAX_TOKENS', 'LOG_LEVEL', 'HOST', 'LOG_TOKENS', 'OPENAI_PROXY_MODE', 'OPENAI_PROXY_SPEED', 'UPSTREAM_TIMEOUT']
    const env = Object.fromEntries(given.map((variable) => [variable, key]))
    const more = {
      FORBIDDEN_INSTRUCTIONS: `${canary('plain')}:*`,
      OPENAI_API_KEY: `${key} `.repeat(2),
      OPENAI_API_BASE_URL: `https://user:${key}@x.test`
    }
    const problems = problemsOf({ env: { ...env, ...more } })
    expect(problems).toHaveLength(10)
    expect(problems.join('\n')).not.toContain(canary('plain').slice(0, 16))
    expect(problems.join('\n')).not.toContain(key.slice(3, 20))
    expect(problems.join('\n')).toContain('holds a user name or password')
  })
})

describe('names', () => {
  it.each([
    'MAX_TOKEN',
    'ALOWED_MODELS',
    'ALLOWED_MODEL',
    'FORBIDEN_INSTRUCTIONS',
    'max_tokens',
    'RATE_LIMTI',
    'LOG_FILES',
    'OPENAI_APIKEY'
  ])('%s in .env is told as a near miss, and is a warning in the environment', (name) => {
    const message = expect.stringMatching(new RegExp(`^${name} in \\.env: no setting has this name, did you mean [A-Z_]+\\?$`))
    expect(problemsOf({ files: { '.env': `${name}=1` } })).toEqual([message])
    expect(loadFrom({ env: { [name]: '1' } }).warnings).toEqual([expect.stringContaining(`${name} in the environment`)])
  })

  it.each([
    ['OPENAI_PROXY_CASSETTE', '. Take it out; openai-proxy --help names them all.'],
    ['OPENAI_PROXY_RECROD', ', did you mean OPENAI_PROXY_RECORD?'],
    ['openai_proxy_mode', ', did you mean OPENAI_PROXY_MODE?']
  ])('%s can be nobody else’s: an error wherever it stands', (name, advice) => {
    for (const [place, asked] of [
      ['the environment', { env: { [name]: '1' } }],
      ['.env', { files: { '.env': `${name}=1` } }]
    ] as const)
      expect(problemsOf(asked)).toEqual([`${name} in ${place}: no setting has this name${advice}`])
  })

  it.each([
    'OPENAI_PROXY_SERVICE_HOST',
    'OPENAI_PROXY_SERVICE_PORT_HTTP',
    'OPENAI_PROXY_PORT',
    'OPENAI_PROXY_PORT_8000_TCP_ADDR',
    'HOME',
    'POST',
    'SORT',
    'HOSTS',
    'DATABASE_URL',
    'OPENAI_BASE_URL',
    'OPENAI_API_KEY_2',
    'OPENAI_API_KEY2',
    'NODE_ENV',
    'LOG_TIME',
    'PATH',
    'CI'
  ])('%s is somebody else’s, and ignored', (name) => {
    const loaded = loadFrom({ env: { [name]: 'false' }, files: { '.env': `${name}=false` } })
    expect(loaded).toEqual(loadFrom({}))
  })

  it('in the configuration file are all known', () => {
    const problems = problemsOf({ files: { [YAML]: 'MAX_TOKENS: 4\nlogfile: x\nzzz: 1\nrecord: weather\n' } })
    expect(problems[0]).toBe(`${YAML}: unknown key "MAX_TOKENS", did you mean "maxTokens"?`)
    expect(problems[1]).toBe(`${YAML}: unknown key "logfile", did you mean "logFile"?`)
    expect(problems[2]).toMatch(/unknown key "zzz"\. Take it out; known are: openaiApiKey, /)
    expect(problems[3]).toMatch(/unknown key "record"/)
  })
})

describe('files', () => {
  it('a .env that is missing is fine; one that is named is not', () => {
    expect(problemsOf({ flags: { envFile: 'my.env' } })).toEqual([
      '--env-file: the file my.env does not exist. Name one that does, or leave it out.'
    ])
    expect(problemsOf({ env: { OPENAI_PROXY_ENV_FILE: 'my.env' } })).toEqual([
      expect.stringMatching(/^OPENAI_PROXY_ENV_FILE in the environment: the file my\.env/)
    ])
  })

  it('a named file of variables is read in place of .env', () => {
    const { config, origins } = loadFrom({
      flags: { envFile: 'my.env' },
      files: { '.env': 'PORT=1\nRATE_LIMIT=1', 'my.env': 'PORT=2' }
    })
    expect(config).toMatchObject({ port: 2, rateLimit: undefined })
    expect(origins.port).toBe('PORT in my.env')
  })

  it('a .env cannot name another', () => {
    expect(problemsOf({ files: { '.env': 'OPENAI_PROXY_ENV_FILE=x.env' } })).toEqual([
      expect.stringMatching(/^OPENAI_PROXY_ENV_FILE in \.env: a file cannot name itself/)
    ])
  })

  it('a line of .env that swallows the next one is told, and its text is not shown', () => {
    const key = canary('openai')
    const problems = problemsOf({ files: { '.env': `A=1\nOPENAI_API_KEY ${key}\nMAX_TOKENS=4000\n` } })
    expect(problems[0]).toBe('.env: Line 2 has no "=", and hides the line behind it. Write NAME=value, or begin the line with #.')
    expect(problems.join('\n')).not.toContain(key.slice(3, 20))
  })

  it('.env: byte order mark, comments, quotes, CRLF', () => {
    const text = '\uFEFFMAX_TOKENS=4000 # most\r\n# RATE_LIMIT=1\r\nFORBIDDEN_INSTRUCTIONS="*:*a # b*"\r\n'
    const { config } = loadFrom({ files: { '.env': text } })
    expect(config).toMatchObject({
      maxTokens: 4000,
      rateLimit: undefined,
      forbiddenInstructions: [{ role: '*', pattern: '*a # b*' }]
    })
  })

  it('a configuration file is found by its name, or named by flag or variable', () => {
    for (const name of [YAML, 'openai-proxy.config.yml']) expect(loadFrom({ files: { [name]: 'port: 7' } }).config.port).toBe(7)
    expect(loadFrom({ files: { 'openai-proxy.config.json': '{"port": 7}' } }).config.port).toBe(7)
    const files = { [YAML]: 'port: 7', 'conf/other.yaml': 'port: 8', '.env': 'OPENAI_PROXY_CONFIG=conf/other.yaml' }
    expect(loadFrom({ files }).config.port).toBe(8)
    expect(loadFrom({ files, flags: { config: YAML } }).config.port).toBe(7)
    expect(problemsOf({ flags: { config: 'no.yaml' } })).toEqual([
      expect.stringMatching(/^--config: the file no\.yaml does not exist/)
    ])
  })

  it('two configuration files are one too many', () => {
    expect(problemsOf({ files: { [YAML]: 'port: 7', 'openai-proxy.config.json': '{}' } })).toEqual([
      expect.stringContaining('more than one configuration file')
    ])
  })

  it('a configuration file that is a program is not passed over', () => {
    for (const name of ['openai-proxy.config.js', 'openai-proxy.config.mjs', 'openai-proxy.config.ts']) {
      expect(problemsOf({ files: { [name]: 'export default {}' } })).toEqual([
        `${name}: is a program, and was not run. Start the proxy with the command openai-proxy.`
      ])
    }
    expect(problemsOf({ files: { [YAML]: '', 'openai-proxy.config.mjs': '' } })).toEqual([
      expect.stringContaining('more than one configuration file: openai-proxy.config.mjs, openai-proxy.config.yaml')
    ])
    expect(problemsOf({ flags: { config: 'x.toml' }, files: { 'x.toml': '' } })).toEqual([
      expect.stringContaining('is neither .js, .mjs, .ts, .yaml, .yml nor .json')
    ])
  })

  it('broken YAML and JSON are told with their place, and their text is not shown', () => {
    const key = canary('anthropic')
    const broken = [
      `port: 1\nanthropicApiKey: "${key}\n`,
      `port: 1\nport: 2\nanthropicApiKey: ${key}\n`,
      `anthropicApiKey: *${key}\n`,
      `? [${key}`
    ]
    for (const text of broken) {
      const problems = problemsOf({ files: { [YAML]: text } })
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatch(
        /^openai-proxy\.config\.yaml: is not valid YAML( in line \d+, column \d+ \([a-z ]+\)\.|: an alias)/
      )
      expect(problems[0]).not.toContain(key.slice(5, 20))
    }
    for (const text of [
      `{"anthropicApiKey": "${key}"`,
      `{'a': "${key}"}`,
      `{"port": 1, "port": 2, "anthropicApiKey": "${key}"}`
    ]) {
      const problems = problemsOf({ files: { 'openai-proxy.config.json': text } })
      expect(problems).toEqual([expect.stringMatching(/^openai-proxy\.config\.json: is not valid JSON\./)])
      expect(problems[0]).not.toContain(key.slice(5, 20))
    }
    expect(problemsOf({ files: { [YAML]: '- port: 1\n' } })).toEqual([
      `${YAML}: holds no settings. Write one a line, e.g. maxTokens: 4000.`
    ])
  })

  it('are read from the disk, and a folder in their place is told', async () => {
    await using folder = await temporaryFolder()
    const { writeFile, mkdir } = await import('node:fs/promises')
    await writeFile(folder.file('.env'), 'MAX_TOKENS=12')
    expect(loadConfig({ flags: {}, env: {}, cwd: folder.path }).config.maxTokens).toBe(12)
    await mkdir(folder.file(YAML))
    expect(() => loadConfig({ flags: {}, env: {}, cwd: folder.path })).toThrow(ConfigError)
    expect(() => loadConfig({ flags: {}, env: {}, cwd: folder.path })).toThrow(`${YAML} cannot be read (EISDIR)`)
  })
})

describe('configuration files in their own types', () => {
  it('take lists, numbers and switches as YAML has them', () => {
    const text = [
      'allowedModels: [gpt-4*, claude-*]',
      'maxTokens: 4000',
      'logTokens: true',
      'logFile: false',
      'forbiddenInstructions:',
      '  - system:*jailbreak, please*',
      '  - {role: user, pattern: "*x*"}',
      '  - {pattern: "*y*"}',
      'browserProfiles:',
      '  - {name: mine, headers: [[User-Agent, Mine/1], [Accept, null], ["*", null]]}'
    ].join('\n')
    expect(loadFrom({ files: { [YAML]: text } }).config).toMatchObject({
      allowedModels: ['gpt-4*', 'claude-*'],
      maxTokens: 4000,
      logTokens: true,
      logFile: false,
      forbiddenInstructions: [
        { role: 'system', pattern: '*jailbreak, please*' },
        { role: 'user', pattern: '*x*' },
        { role: '*', pattern: '*y*' }
      ],
      browserProfiles: [
        {
          name: 'mine',
          headers: [
            ['User-Agent', 'Mine/1'],
            ['Accept', null],
            ['*', null]
          ]
        }
      ]
    })
  })

  it.each([
    ['allowedModels: []', 'names no model'],
    ['allowedModels: [3]', '3 is no model'],
    ['allowedModels: {a: b}', 'an object is no list of models'],
    ['maxTokens: 1.5', '1.5 is no whole number'],
    ['maxTokens: true', 'true is no whole number'],
    ['maxTokens: .inf', 'Infinity is no whole number'],
    ['logFile: true', 'true is no path of a file'],
    ['logRequests: 2', '2 is neither true nor false'],
    ['forbiddenInstructions: 3', '3 is no list of instructions'],
    ['forbiddenInstructions: [{role: boss, pattern: x}]', '"boss" is no role'],
    ['forbiddenInstructions: [{role: user}]', 'is no { role, pattern }'],
    ['forbiddenInstructions: [{pattern: x, rule: user}]', 'but not "rule"'],
    ['browserProfiles: []', 'holds no profile'],
    ['browserProfiles: [{name: a, headers: [["a b", x]]}]', 'whose name is none'],
    ['browserProfiles: [{name: a, headers: [[a, "x\\ny"]]}]', 'whose value no header can have'],
    ['openaiApiKey: 3', '3 is no text'],
    ['speed: 2', '2 is no speed'],
    ['cassette: ""', 'is empty']
  ])('%s is told', (text, message) => {
    expect(problemsOf({ files: { [YAML]: text } })).toEqual([expect.stringContaining(message)])
  })
})
