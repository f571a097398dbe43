/** The setting `redact`: what it takes, what it refuses and how it says so; and what the environment makes secret. */
import { describe, expect, it } from 'vitest'
import { knownSecrets } from '../../src/config/known-secrets.ts'
import { loadSettings, needRestart } from '../../src/config/live.ts'
import { BUILT_IN } from '../../src/redaction/policy.ts'
import { canary } from '../support/canary.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeFile } from 'node:fs/promises'
import { loadFrom, problemsOf } from './load-from.ts'

const YAML = 'openai-proxy.config.yaml'
const file = (redact: unknown): Record<string, string> => ({ [YAML]: JSON.stringify({ redact }) })

describe('redact', () => {
  it('is nothing where it is not set, and fills in what is left out', () => {
    expect(loadFrom({}).config.redact).toEqual(BUILT_IN)
    const redact = { fields: ['metadata.user_id'], headers: ['X-Tenant-*'], values: [' some secret '], names: ['Ada   Lovelace'] }
    expect(loadFrom({ files: file(redact) }).config.redact).toEqual({
      ...BUILT_IN,
      fields: ['metadata.user_id'],
      headers: ['X-Tenant-*'],
      values: ['some secret'],
      names: ['Ada Lovelace']
    })
    expect(
      loadFrom({ files: file({ patterns: ['C-[0-9]+', { name: 'order', pattern: 'O-[0-9]+' }] }) }).config.redact.patterns
    ).toMatchObject([{ name: 'pattern-pattern' }, { name: 'pattern-order' }])
  })

  it('takes kinds of personal data from the file and from the variable, together', () => {
    const personal = (env: Record<string, string>, redact?: unknown): readonly string[] =>
      loadFrom({ env, files: redact === undefined ? {} : file(redact) }).config.redact.personal
    expect(personal({ REDACT_PERSONAL: 'phone, EMAIL' })).toEqual(['email', 'phone'])
    expect(personal({ REDACT_PERSONAL: 'phone' }, { personal: ['iban'] })).toEqual(['phone', 'iban'])
    expect(personal({ REDACT_PERSONAL: 'phone' }, { fields: ['a'] })).toEqual(['phone'])
    expect(personal({ REDACT_PERSONAL: 'all' })).toEqual(['email', 'phone', 'card', 'iban', 'ip'])
    expect(personal({ REDACT_PERSONAL: 'ip' }, { personal: 'all' })).toHaveLength(5)
    expect(personal({}, { personal: 'email' })).toEqual(['email'])
  })

  it.each<[string, unknown, RegExp]>([
    ['no object', 'email', /redact: "email" is no object\. Write redact: \{/],
    ['a list', ['email'], /redact: a list of 1 is no object/],
    ['an unknown key', { field: ['a'] }, /redact: knows no "field"\. It knows headers, keepHeaders, fields/],
    ['no list', { fields: 'user' }, /redact: fields: "user" is no list\./],
    ['no text', { fields: ['a', 7] }, /redact: fields, item 2: 7 is no path of a field\./],
    ['a path of everything', { fields: ['**'] }, /redact: fields, item 1: "\*\*" names no field/],
    ['a header that is none', { headers: ['a b'] }, /redact: headers, item 1: "a b" is no name of a header\./],
    ['every header', { headers: ['*'] }, /redact: headers, item 1/],
    ['a short value', { values: ['abc'] }, /redact: values, item 1: has 3 characters, and would be found/],
    ['no variable', { env: ['a-b'] }, /redact: env, item 1: "a-b" is no name of a variable\./],
    [
      'an unknown kind',
      { personal: ['mail'] },
      /redact: personal: "mail" is no kind of personal data\. Write email, phone, card, iban, ip, or all\./
    ],
    ['a name of one letter', { names: ['A'] }, /redact: names, item 1: "A" has no two letters/],
    ['a pattern that looks ahead', { patterns: ['(?=x)'] }, /redact: patterns, item 1: cannot be run in time linear in the text/],
    [
      'a redactor in a file that is no program',
      { redactors: [{ name: 'x' }] },
      /redact: redactors, item 1: has no find function\. Write defineRedactor/
    ]
  ])('refuses %s, and says where and what to do', (_what, redact, message) => {
    const problems = problemsOf({ files: file(redact) })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(message)
    expect(problems[0]).toContain(`${YAML}: redact: `)
  })

  it('tells every problem at once, and never a value', () => {
    const [problem] = problemsOf({ files: file({ values: ['hunter2'], fields: [''], patterns: ['(hunter2)\\1'] }) })
    expect(problem).toMatch(/fields, item 1: .*values, item 1: .*patterns, item 1: /)
    expect(problem).not.toContain('hunter2')
  })

  it('names the variable that is wrong', () => {
    expect(problemsOf({ env: { REDACT_PERSONAL: 'mail' } })).toEqual([
      'REDACT_PERSONAL in the environment: "mail" is no kind of personal data. Write email, phone, card, iban, ip, or all.'
    ])
    expect(loadFrom({ env: { REDACT_PERSONL: 'email' } }).warnings).toEqual([
      expect.stringContaining('did you mean REDACT_PERSONAL?')
    ])
  })

  it('of a program that was run anew is the same, unless something changed', async () => {
    await using folder = await temporaryFolder()
    const write = (pattern: string, find: string): Promise<void> =>
      writeFile(
        folder.file('openai-proxy.config.mjs'),
        `export default { redact: { patterns: [${pattern}], redactors: [{ name: 'mine', find: ${find} }] } }`
      )
    const load = async (version: number): Promise<Awaited<ReturnType<typeof loadSettings>>['config']> =>
      (await loadSettings({ flags: {}, env: {}, cwd: folder.path }, version)).config
    await write('/C-[0-9]+/', '() => []')
    const [first, again] = [await load(0), await load(1)]
    expect(needRestart(first, again)).toEqual([])
    await write('/C-[0-9]+/i', '() => []')
    expect(needRestart(first, await load(2))).toEqual(['redact'])
  })
})

describe('the environment', () => {
  const secrets = (variables: Record<string, string>, named: readonly string[] = [], proxyTokens?: unknown): unknown =>
    knownSecrets({ variables, named, proxyTokens })

  it('makes values secret by the names of their variables', () => {
    const value = canary('plain')
    for (const name of [
      'GITHUB_TOKEN',
      'ACME_API_KEY',
      'DB_PASSWORD',
      'WEBHOOK_SECRET',
      'GH_PAT',
      'token',
      'npm_config_authToken',
      'AWS_SECRET_ACCESS_KEY'
    ]) {
      expect(secrets({ [name]: value }), name).toEqual([[value, expect.stringMatching(/^secret-[a-z0-9-]+$/)]])
    }
    for (const name of [
      'PATH',
      'MAX_TOKENS',
      'TOKEN_FILE',
      'GPG_KEY',
      'PUBLIC_KEY',
      'KEYBOARD',
      'PASSWORD_STORE_DIR',
      'LS_COLORS'
    ]) {
      expect(secrets({ [name]: value }), name).toEqual([])
    }
    for (const none of ['', '  ', 'true', '12345678', '/run/secrets/token', './token'])
      expect(secrets({ API_TOKEN: none }), none).toEqual([])
  })

  it('makes those secret that a user names, whatever they hold', () => {
    expect(secrets({ ACME_ID: '12345678', ACME_HOME: '/home/acme', OTHER: 'x' }, ['ACME_*'])).toEqual([
      ['12345678', 'secret-acme-id'],
      ['/home/acme', 'secret-acme-home']
    ])
  })

  it("makes the proxy's tokens secret, wherever they were set; a hash is none", () => {
    const hash = `sha256:${'0a'.repeat(32)}`
    expect(secrets({}, [], `team-a:first-token, team-b:${hash}`)).toEqual([['first-token', 'proxy-token']])
    expect(secrets({}, [], { a: 'one-token', b: { token: 'two-token' }, c: { sha256: hash } })).toEqual([
      ['one-token', 'proxy-token'],
      ['two-token', 'proxy-token']
    ])
    for (const wrong of [undefined, null, 7, [], { a: 7 }]) expect(secrets({}, [], wrong)).toEqual([])
    expect(loadFrom({ env: { PROXY_TOKENS: 'team-a:first-token' } }).secrets).toEqual([['first-token', 'proxy-token']])
    expect(loadFrom({ files: { [YAML]: 'proxyTokens: {team-a: first-token}' } }).secrets).toEqual([
      ['first-token', 'proxy-token']
    ])
  })

  it('is read in .env too', () => {
    const value = canary('plain')
    expect(loadFrom({ files: { '.env': `OTHER_SERVICE_TOKEN=${value}` } }).secrets).toEqual([
      [value, 'secret-other-service-token']
    ])
  })
})
