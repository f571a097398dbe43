/** `openai-proxy cassettes check` as a person and a CI run it: what it finds, where, in which format, and what it never prints. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { HEADER_TEXT, writeInteraction } from '../../src/cassettes/document.ts'
import { SEPARATOR } from '../../src/cassettes/separator.ts'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import { toBytes, type HeaderList } from '../../src/http/message.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { POLICY_VERSION } from '../../src/redaction/policy.ts'
import { type Result, runHere } from '../cli/command.ts'
import { KINDS } from '../redaction/samples.ts'
import { canary, CANARY_KINDS, findCanary } from '../support/canary.ts'
import { plantedBodies, SPLITTINGS, WRITINGS } from '../support/planted.ts'
import { realExchanges } from '../support/real-exchanges.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const RECORDINGS = fileURLToPath(new URL('../../recordings', import.meta.url))

const check = (folder: TemporaryFolder, args: readonly string[], env: Record<string, string> = {}): Promise<Result> =>
  runHere(['cassettes', 'check', ...args], { cwd: folder.path, env })

interface Given {
  readonly url?: string
  readonly requestHeaders?: HeaderList
  readonly request?: object
  readonly headers?: HeaderList
  readonly trailers?: HeaderList
  readonly answer?: string
  readonly type?: string
}

function document({
  url = '/v1/chat/completions',
  requestHeaders = [],
  request = {},
  headers = [],
  trailers,
  answer = '{}',
  type = 'application/json'
}: Given): string {
  const interaction: Interaction = {
    request: {
      method: 'POST',
      url: `https://api.openai.com${url}`,
      headers: [['content-type', 'application/json'], ...requestHeaders],
      body: toBytes(JSON.stringify(request))
    },
    response: {
      status: 200,
      headers: [['content-type', type], ...headers],
      ...(trailers ? { trailers } : {}),
      body: toBytes(answer),
      timing: [1]
    },
    recorded: { at: '2026-11-24T09:00:00Z', ms: 1 }
  }
  return writeInteraction(interaction, noFiles)
}

const noFiles = {
  keep: (): string => {
    throw new Error('no file is kept here')
  },
  read: (): Uint8Array => new Uint8Array()
}

async function write(folder: TemporaryFolder, name: string, ...documents: readonly string[]): Promise<string> {
  const file = folder.file(name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, HEADER_TEXT + documents.map((text) => SEPARATOR + text).join(''))
  return readFile(file, 'utf8')
}

const key = canary('openaiProject')
const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length

describe('cassettes', () => {
  it('that are clean exit 0, and say by which policy', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout, stderr } = await check(folder, [RECORDINGS])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      new RegExp(`^\\d+ interactions in \\d+ files? searched by redaction policy ${POLICY_VERSION}: no secret found\\.\\n$`)
    )
  })

  it('with a secret exit 1, and say what it is, in which line, and how it is hidden; never the secret', async () => {
    await using folder = await temporaryFolder()
    const text = await write(
      folder,
      'recordings/a.yaml',
      document({ request: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } }),
      document({
        request: { messages: [{ content: `plain ${key}` }] },
        answer: JSON.stringify({ hidden: Buffer.from(`so ${key}`).toString('base64') })
      })
    )
    const { code, stdout } = await check(folder, ['a'])
    expect(code).toBe(1)
    const places = [lineOf(text, 'plain sk'), lineOf(text, 'hidden:')]
    expect(stdout.split('\n')).toEqual([
      `recordings/a.yaml:${places[0]} POST /v1/chat/completions: holds an openai-key`,
      `recordings/a.yaml:${places[1]} POST /v1/chat/completions: holds an openai-key (base64)`,
      `2 interactions in 1 file searched by redaction policy ${POLICY_VERSION}: 2 secrets found.`,
      ''
    ])
    expect(findCanary(stdout, key)).toEqual([])
  })

  it('hold no secret by its name either: headers, fields, trailers, addresses, streams', async () => {
    await using folder = await temporaryFolder()
    const deltas = key
      .match(/.{1,9}/g)!
      .map((content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
    const documents = [
      document({ requestHeaders: [['authorization', 'Bearer hunter2']] }),
      document({ headers: [['set-cookie', 'session=1']] }),
      document({ request: { tools: [{ password: 'hunter2' }] } }),
      document({ trailers: [['x-auth-token', 'hunter2']] }),
      document({ url: '/v1/files?key=hunter2' }),
      document({ answer: deltas.join(''), type: 'text/event-stream' }),
      document({})
    ]
    const text = await write(folder, 'a.yaml', ...documents)
    const { code, stdout } = await check(folder, ['a.yaml', '--format', 'json'])
    expect(code).toBe(1)
    const { findings, ...totals } = JSON.parse(stdout) as { findings: { line: number; kind: string; encoding: string }[] }
    const lines = text.split('\n')
    const places = findings.map(({ line, kind, encoding }) => [lines[line - 1]!.trim().split(':')[0], kind, encoding])
    expect(places.slice(0, 5)).toEqual([
      ['authorization', 'credential', 'plain'],
      ['set-cookie', 'cookie', 'plain'],
      ['body', 'credential', 'plain'],
      ['x-auth-token', 'credential', 'plain'],
      ['url', 'credential', 'plain']
    ])
    // The stream shows the key in its deltas, and may say it in a comment.
    expect(new Set(places.slice(5).map(([, kind]) => kind))).toEqual(new Set(['openai-key']))
    expect(totals).toEqual({ policy: POLICY_VERSION, files: 1, interactions: 7, secrets: findings.length, unread: 0 })
    expect(stdout).not.toContain('hunter2')
  })

  it('are searched by the settings: personal data, fields, values of the environment', async () => {
    await using folder = await temporaryFolder()
    const content = `ada@example.com, ${canary('plain')}`
    await write(folder, 'a.yaml', document({ request: { metadata: { user_id: 'u-1' }, messages: [{ content }] } }))
    expect((await check(folder, ['a.yaml'])).code).toBe(0)
    await writeFile(folder.file('openai-proxy.config.mjs'), "export default { redact: { fields: ['metadata.user_id'] } }\n")
    const { code, stdout } = await check(folder, ['a.yaml'], { REDACT_PERSONAL: 'email', ACME_TOKEN: canary('plain') })
    expect(code).toBe(1)
    expect(stdout.match(/holds an? [a-z-]+/g)).toEqual(
      ['holds a secret-user-id', 'holds an email', 'holds a secret-acme-token'].toSorted(
        (a, b) => stdout.indexOf(a) - stdout.indexOf(b)
      )
    )
  })

  it('are searched with what a recording left that broke off, and with the files beside them', async () => {
    await using folder = await temporaryFolder()
    const text = await write(folder, 'a.yaml', document({}))
    await writeFile(folder.file('a.yaml'), `${text}---\nkey: 0\nrequest:\n  url: x\n  body:\n    text: ${key}\n`)
    await mkdir(folder.file('a.files'))
    await writeFile(
      folder.file('a.files/0a.bin'),
      Buffer.concat([Buffer.from([0, 255, 0]), Buffer.from(` ${canary('github')} `)])
    )
    const { code, stdout } = await check(folder, ['a.yaml'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^a\.yaml:\d+ text: holds an openai-key$/m)
    expect(stdout).toMatch(/^a\.files\/0a\.bin:1 file: holds a github-token$/m)
  })

  it('that cannot be read are searched as text, and exit 2; recordings of others are searched as text', async () => {
    await using folder = await temporaryFolder()
    await write(folder, 'broken/a.yaml', 'key: 1\nrequest: [\nrecorded: {}\n')
    const broken = await check(folder, ['broken'])
    expect(broken.code).toBe(2)
    expect(broken.stdout).toContain('1 could not be read, and only its text was searched.')
    expect(broken.stderr).toContain('broken/a.yaml cannot be read at line')
    await mkdir(folder.file('foreign'))
    await writeFile(folder.file('foreign/vcr.yaml'), 'interactions:\n- request:\n    uri: https://x.test/\n')
    expect((await check(folder, ['foreign'])).code).toBe(0)
    await writeFile(
      folder.file('foreign/vcr.yaml'),
      `interactions:\n- request:\n    headers:\n      authorization: [Bearer ${key}]\n`
    )
    expect(await check(folder, ['foreign'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('foreign/vcr.yaml:4 text: holds an openai-key')
    })
  })

  it('that are not there, wrong flags and a redactor that fails are one clear error', async () => {
    await using folder = await temporaryFolder()
    expect(await check(folder, ['nothing'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('nothing does not exist')
    })
    expect((await check(folder, [])).code).toBe(2)
    expect((await check(folder, ['a', '--format', 'xml'])).stderr).toContain('text, github, json, junit, sarif')
    expect((await runHere(['cassettes'], { cwd: folder.path })).stderr).toContain('check')
    await write(folder, 'a.yaml', document({}))
    await writeFile(
      folder.file('openai-proxy.config.mjs'),
      "export default { redact: { redactors: [{ name: 'mine', find() { throw new Error('x') } }] } }\n"
    )
    expect(await check(folder, ['a.yaml'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The redactor mine failed')
    })
  })
})

describe('the formats', () => {
  async function shown(format: string): Promise<Result> {
    await using folder = await temporaryFolder()
    await write(folder, 'a b,c.yaml', document({}), document({ request: { content: `<&"> ${key}` } }))
    return await check(folder, ['a b,c.yaml', '--format', format])
  }

  it('github is one annotation for each secret', async () => {
    const { stdout, code } = await shown('github')
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^::error file=a b%2Cc\.yaml,line=\d+,title=Secret%3A openai-key::POST \/v1\/chat\/completions: holds an openai-key\n2 interactions/
    )
  })

  it('junit has a case for each interaction', async () => {
    const { stdout, stderr } = await shown('junit')
    expect(stdout).toContain('<testsuite name="openai-proxy cassettes check" tests="2" failures="1" skipped="0" errors="0">')
    expect(stdout).toMatch(/<failure type="openai-key" message="holds an openai-key"\/>/)
    expect(stderr).toContain('1 secret found')
  })

  it('sarif says rule, place and message as code scanners read them', async () => {
    const { stdout } = await shown('sarif')
    const { $schema, version, runs } = JSON.parse(stdout) as { $schema: string; version: string; runs: Record<string, unknown>[] }
    expect([$schema, version, runs.length]).toEqual([expect.stringContaining('sarif-2.1.0'), '2.1.0', 1])
    expect(runs[0]).toEqual({
      tool: {
        driver: {
          name: 'openai-proxy cassettes check',
          version: expect.stringMatching(/^\d+\.\d+\.\d+/),
          informationUri: expect.stringMatching(/^https:/),
          rules: [{ id: 'openai-key', shortDescription: { text: 'Secret: openai-key' } }]
        }
      },
      results: [
        {
          ruleId: 'openai-key',
          ruleIndex: 0,
          level: 'error',
          message: { text: 'POST /v1/chat/completions: holds an openai-key' },
          locations: [
            { physicalLocation: { artifactLocation: { uri: 'a%20b%2Cc.yaml' }, region: { startLine: expect.any(Number) } } }
          ]
        }
      ]
    })
  })

  it('never hold the secret', async () => {
    for (const format of ['text', 'github', 'json', 'junit', 'sarif']) {
      const { stdout, stderr } = await shown(format)
      expect(stdout, format).toContain('openai-key')
      expect(findCanary(stdout + stderr, key), format).toEqual([])
    }
  })
})

describe('keys planted in cassettes of the real exchanges', () => {
  it('are found in each of them, each way of writing in turn; without them nothing is', { timeout: 300_000 }, async () => {
    await using folder = await temporaryFolder()
    const ways = [...Object.keys(WRITINGS), ...Object.keys(SPLITTINGS)]
    const clean: string[] = []
    const planted: string[] = []
    const kinds: string[] = []
    for (const [turn, exchange] of realExchanges().entries()) {
      const redaction = createRedaction()
      const type = getHeader(exchange.response.headers, 'content-type')
      const body = decodeBody(exchange.response.body, getHeader(exchange.response.headers, 'content-encoding'), 1e9)
      if (body.byteLength > 20_000) continue
      const wanted = ways[turn % ways.length]!
      const found = plantedBodies(exchange, turn).at(-1)
      const one = found?.planted.find(({ way }) => way === wanted) ?? found?.planted.find(({ kind }) => kind !== 'plain')
      if (!found || !one || one.kind === 'plain') continue
      const interaction = (answer: Uint8Array): Interaction => ({
        request: {
          method: exchange.request.method,
          url: redaction.url(exchange.request.url),
          headers: [],
          body: new Uint8Array()
        },
        response: { status: 200, headers: type === undefined ? [] : [['content-type', type]], body: answer, timing: [1] },
        recorded: { at: '2026-11-24T09:00:00Z', ms: 1 }
      })
      const safe = redaction.body(body, type)
      clean.push(writeInteraction(interaction(safe), noFiles))
      const isObject = one.line.startsWith('"')
      const text = Buffer.from(safe).toString()
      const withKey = isObject ? text.replace('{', () => `{${one.line},`) : `${text}\n\n${one.line}`
      planted.push(writeInteraction(interaction(toBytes(withKey)), noFiles))
      kinds.push(KINDS[one.kind])
    }
    expect(planted.length).toBeGreaterThan(150)
    expect(new Set(kinds).size).toBeGreaterThan(5)
    await write(folder, 'clean.yaml', ...clean)
    const text = await write(folder, 'planted.yaml', ...planted)
    expect(await check(folder, ['clean.yaml'])).toMatchObject({ code: 0, stderr: '' })
    const { code, stdout } = await check(folder, ['planted.yaml', '--format', 'json'])
    expect(code).toBe(1)
    const { findings } = JSON.parse(stdout) as { findings: readonly { line: number; kind: string }[] }
    const documentAt = (line: number): number =>
      text
        .split('\n')
        .slice(0, line)
        .filter((row) => row === '---').length - 1
    for (const [index, kind] of kinds.entries()) {
      expect(
        findings.filter(({ line }) => documentAt(line) === index).map((finding) => finding.kind),
        `document ${index}`
      ).toContain(kind)
    }
    for (const kind of CANARY_KINDS)
      for (const way of ways) expect(findCanary(stdout, canary(kind, way)), `${kind} ${way}`).toEqual([])
  })
})
