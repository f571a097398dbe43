/** Programs as configuration files: run anew when asked, in both of Node's module systems. */
import { writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { runProgram } from '../../src/config/run-program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it.each([
  ['a.config.mjs', (port: number) => `export default { port: ${port} }`],
  ['a.config.cjs', (port: number) => `module.exports = { port: ${port} }`],
  ['a.config.js', (port: number) => `export default Promise.resolve({ port: ${port} })`]
])('%s is read anew with each version', async (name, text) => {
  await using folder = await temporaryFolder()
  for (const version of [1, 2, 3]) {
    await writeFile(folder.file(name), text(version))
    expect(await runProgram(folder.file(name), { version })).toEqual({ values: { port: version }, problems: [] })
  }
})

it('TypeScript on a Node that cannot read it is told what to do', async () => {
  const { problems } = await runProgram('/nowhere/openai-proxy.config.ts', { version: 0, readsTypes: false })
  expect(problems).toEqual([
    expect.stringMatching(/^Node \S+ does not run TypeScript\. Rename it to openai-proxy\.config\.mjs .* Node 22\.18 or later\.$/)
  ])
})

it('a program that fails is told by its first line', async () => {
  await using folder = await temporaryFolder()
  await writeFile(folder.file('a.mjs'), "throw new Error('no luck\\nmore')")
  expect(await runProgram(folder.file('a.mjs'), { version: 0 })).toEqual({
    values: {},
    problems: ['could not be run: no luck. Correct it and try again.']
  })
})
