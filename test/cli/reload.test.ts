/** The configuration file as a program, and watched: a good change holds at once, a bad one changes nothing. */
import { rename, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'
import { buildCommand, runCommand, startCommand, type Running } from './command.ts'

// A whole program starts, and its folder is watched: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 30_000 })

let program: string
let upstream: LocalUpstream
beforeAll(async () => {
  program = buildCommand('reload-test')
  upstream = await startUpstream(answerJson(200, { id: 'x' }))
})
afterAll(() => upstream.close())

interface Started extends AsyncDisposable {
  readonly url: string
  readonly running: Running
  /** Waits until standard error says so. */
  told(text: string): Promise<void>
  /** The code of the refusal, or 200. */
  ask(model: string): Promise<unknown>
}

async function start(folder: TemporaryFolder, name: string, text: string, env: Record<string, string> = {}): Promise<Started> {
  await writeFile(folder.file(name), text)
  const running = startCommand(program, ['--port', '0'], {
    cwd: folder.path,
    env: { OPENAI_API_BASE_URL: `${upstream.url}/v1`, LOG_FILE: 'false', ...env }
  })
  const lines = await running.until('ANTHROPIC_BASE_URL=')
  const url = /ANTHROPIC_BASE_URL=(\S+)/.exec(lines)![1]!
  return {
    url,
    running,
    async told(words) {
      while (!running.output().stderr.includes(words)) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    async ask(model) {
      const body = JSON.stringify({ model, messages: [] })
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body
      })
      const answer = (await response.json()) as { readonly error?: { readonly code: string } }
      return answer.error?.code ?? response.status
    },
    async [Symbol.asyncDispose]() {
      running.process.kill('SIGTERM')
      await running.ended
    }
  }
}

/** A program with one rule, which refuses one model. */
const refusing = (model: string, more = ''): string => `
const rule = { name: 'no-${model}', judge: ({ model }) => model === '${model}'
  ? { kind: 'block', message: 'Not ${model}', code: 'no_${model}', status: 403 } : { kind: 'allow' } }
export default { rules: [rule], ${more} }
`

describe('a program that is watched', () => {
  it('changes rules at once, keeps them when it breaks, and says what needs a restart', async () => {
    await using folder = await temporaryFolder()
    const name = 'openai-proxy.config.mjs'
    await using proxy = await start(folder, name, refusing('one'))
    expect([await proxy.ask('one'), await proxy.ask('two')]).toEqual(['no_one', 200])

    await writeFile(folder.file(name), refusing('two', "maxTokens: 5, host: 'localhost',"))
    await proxy.told('host changed, which needs a restart')
    expect(proxy.running.output().stderr).toContain(
      `${name} changed, in force now: output tokens: at most 5 | unknown endpoints: refused | own rule: no-two`
    )
    expect([await proxy.ask('one'), await proxy.ask('two')]).toEqual([200, 'no_two'])

    await writeFile(folder.file(name), 'export default {')
    await proxy.told('could not be run')
    await proxy.told('what was in force stays')
    expect([await proxy.ask('one'), await proxy.ask('two')]).toEqual([200, 'no_two'])

    // As editors do: written beside, then moved over.
    await writeFile(folder.file('new.mjs'), refusing('three'))
    await rename(folder.file('new.mjs'), folder.file(name))
    await proxy.told('own rule: no-three')
    expect([await proxy.ask('two'), await proxy.ask('three')]).toEqual([200, 'no_three'])
  })
})

describe('YAML that is watched', () => {
  it('a wrong value, an empty file and a mistyped key change nothing', async () => {
    await using folder = await temporaryFolder()
    const name = 'openai-proxy.config.yaml'
    await using proxy = await start(folder, name, 'allowedModels: [one]\n')
    expect([await proxy.ask('one'), await proxy.ask('two')]).toEqual([200, 'model_not_allowed'])
    for (const [text, words] of [
      ['maxTokens: lots\n', 'maxTokens: "lots" is no whole number'],
      ['', `${name} is empty`],
      ['alowedModels: [two]\n', 'did you mean "allowedModels"']
    ] as const) {
      await writeFile(folder.file(name), text)
      await proxy.told(words)
      expect([await proxy.ask('one'), await proxy.ask('two')]).toEqual([200, 'model_not_allowed'])
    }
    await writeFile(folder.file(name), 'allowedModels: [two]\n')
    await proxy.told('in force now: allowed models: two')
    expect([await proxy.ask('one'), await proxy.ask('two')]).toEqual(['model_not_allowed', 200])
  })

  it('tokens come and go, but not where other machines reach the proxy', async () => {
    await using folder = await temporaryFolder()
    const name = 'openai-proxy.config.yaml'
    await using proxy = await start(folder, name, 'proxyTokens: {team-a: first-token}\n', { HOST: '0.0.0.0' })
    expect(proxy.running.output().stdout).toContain('only with a token: team-a')
    expect(await proxy.ask('one')).toBe('proxy_token_required')
    await writeFile(folder.file(name), '# nothing\n')
    await proxy.told('what was in force stays')
    expect(await proxy.ask('one')).toBe('proxy_token_required')
    expect(proxy.running.output().stderr + proxy.running.output().stdout).not.toContain('first-token')
  })
})

describe('a program that cannot be used', () => {
  const nodeReadsTypes = Boolean((process.features as { readonly typescript?: unknown }).typescript)
  it.each([
    ['openai-proxy.config.mjs', 'export default 5', 'its default export is 5, not settings'],
    ['openai-proxy.config.mjs', 'export const rules = []', 'its default export is undefined, not settings'],
    ['openai-proxy.config.mjs', "throw new Error('no luck')", 'could not be run: no luck'],
    ['openai-proxy.config.mjs', 'export default { maxTokns: 5 }', 'unknown key "maxTokns", did you mean "maxTokens"?'],
    ['openai-proxy.config.mjs', "export default { rules: [{ name: 'x' }] }", 'rules: rule 1 has no judge function'],
    ['openai-proxy.config.mjs', "export default { rules: [{ name: 'rate-limit', judge() {} }] }", 'is named as a built-in rule'],
    ['openai-proxy.config.yaml', 'rules: [{name: x}]', 'Rules are programs: write them in openai-proxy.config.mjs'],
    ...(nodeReadsTypes
      ? []
      : [['openai-proxy.config.ts', 'export default {}', 'does not run TypeScript. Rename it to openai-proxy.config.mjs']])
  ] as [string, string, string][])('%s with %s exits 2', async (name, text, message) => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file(name), text)
    const { code, stdout, stderr } = await runCommand(program, ['--port', '0'], { cwd: folder.path, env: { LOG_FILE: 'false' } })
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})
