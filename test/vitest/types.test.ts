/** What TypeScript knows of `openai-proxy/vitest`, under every major of vitest that is promised: the built declarations. */
import { execFile } from 'node:child_process'
import { cp, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { MAJORS, vitestProject } from './project.ts'

const run = promisify(execFile)

const CODE = `
  import OpenAI from 'openai'
  import { expect } from 'vitest'
  import { matchers, test, testWith, type CassetteOptions } from 'openai-proxy/vitest'
  import { createSetup } from 'openai-proxy/vitest/setup'

  test('a', async ({ proxy, cassette }) => {
    new OpenAI(proxy.openai)
    const name: string = cassette.name
    expect(cassette).toBeFullyUsed()
    expect(cassette).not.toHaveReplayed(1)
    expect(proxy).toHaveBeenBlocked({ rule: name })
    expect(proxy).toHaveCost({ below: 1 })
    expect(proxy).toHaveCalledTool('get_weather', { city: 'Paris' })
    await expect(Promise.resolve(proxy)).resolves.toHaveReplayed()
    // @ts-expect-error -- a number
    expect(proxy).toHaveReplayed('1')
    // @ts-expect-error -- no such option
    expect(proxy).toHaveCost({ above: 1 })
    // @ts-expect-error -- not any
    const wrong: number = proxy.report.title
    void wrong
  })
  const options: CassetteOptions = { name: 'weather', mode: 'replay' }
  testWith(options).concurrent.each([1])('b %i', () => {})
  const own = test.extend<{ client: OpenAI }>({ client: async ({ proxy }, use) => { await use(new OpenAI(proxy.openai)) } })
  own('c', ({ client, cassette }) => void [client.chat, cassette.file])
  expect.extend(matchers)
  export default createSetup({ unused: 'fail', maxTokens: 100 })
  // @ts-expect-error -- no such policy
  createSetup({ unused: 'keep' })
`

it.each(MAJORS)('vitest %i', { timeout: 180_000 }, async (major) => {
  await using built = await temporaryFolder()
  await cp('dist', built.file('dist'), { recursive: true })
  await cp('package.json', built.file('package.json'))
  await using project = await vitestProject(built.path, major, {
    'types.ts': CODE,
    // How a project of vite is set up.
    'tsconfig.json': JSON.stringify({
      compilerOptions: { noEmit: true, strict: true, target: 'es2023', module: 'nodenext', skipLibCheck: true, types: ['node'] },
      files: ['types.ts']
    })
  })
  await symlink(resolve('node_modules/@types'), join(project.path, 'node_modules', '@types'))
  const tsc = resolve('node_modules/typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [tsc, '-p', project.path], { cwd: project.path }).catch(
    (error: { readonly stdout: string }) => error
  )
  expect(stdout).toBe('')
})
