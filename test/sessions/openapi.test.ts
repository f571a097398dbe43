/** docs/sessions.openapi.yaml describes what the addresses of sessions take and answer. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readSessionOptions } from '../../src/sessions/session-options.ts'
import { startProxy, type Proxy } from '../../src/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { copyFile } from 'node:fs/promises'

const described = parse(readFileSync('docs/sessions.openapi.yaml', 'utf8')) as object
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uri: true } }).addSchema(described, 'api')

/** What is wrong with a value, by one of the file's schemas. */
function problems(pointer: string, value: unknown): string[] {
  const isValid = ajv.getSchema(`api#/${pointer}`)!
  return isValid(value) ? [] : isValid.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`)
}

const schema = (name: string): string => `components/schemas/${name}`
const LIST = 'paths/~1_proxy~1sessions/get/responses/200/content/application~1json/schema'
const ERROR = 'components/responses/Error/content/application~1json/schema'

async function call(proxy: Proxy, method: string, path: string, body?: object): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${proxy.url}/_proxy/sessions${path}`, { method, ...(body && { body: JSON.stringify(body) }) })
  return { status: response.status, json: await response.json() }
}

describe('the description of sessions', () => {
  it('fits every answer: opened, listed, shown, closed, and what is wrong', async () => {
    await using folder = await temporaryFolder()
    await copyFile('recordings/quickstart.yaml', folder.file('quickstart.yaml'))
    await using proxy = await startProxy({ mode: 'replay', cassette: `${folder.path}/`, logFile: false })
    const test = { file: 'a.test.ts', line: 3, name: 'asks' }
    const opened = await call(proxy, 'POST', '', { cassette: 'quickstart', test, faults: ['nth=1: status=500'] })
    expect(opened.status).toBe(201)
    expect(problems(schema('OpenedSession'), opened.json)).toEqual([])
    const { id } = opened.json as { readonly id: string }
    const added = await call(proxy, 'POST', `/${id}/faults`, { nth: 2, status: 429, seed: 7 })
    expect(added.status).toBe(201)
    expect(added.json).toEqual({ text: 'nth=2,seed=7: status=429', seed: 7 })
    expect(
      problems('paths/~1_proxy~1sessions~1{id}~1faults/post/responses/201/content/application~1json/schema', added.json)
    ).toEqual([])
    const answers = [
      [LIST, await call(proxy, 'GET', '')],
      [schema('SessionReport'), await call(proxy, 'GET', `/${id}`)],
      [schema('SessionReport'), await call(proxy, 'DELETE', `/${id}`)],
      [ERROR, await call(proxy, 'GET', `/${id}`)],
      [ERROR, await call(proxy, 'POST', `/${id}/faults`, { status: 429 })],
      [ERROR, await call(proxy, 'POST', '', { cassette: '../none' })]
    ] as const
    expect(answers.map(([, { status }]) => status)).toEqual([200, 200, 200, 410, 410, 400])
    for (const [pointer, { json }] of answers) expect(problems(pointer, json), pointer).toEqual([])
    expect(answers[2][1].json).toMatchObject({
      test,
      title: 'asks',
      faults: [{ text: 'nth=1: status=500', struck: 0 }, { seed: 7 }]
    })
    expect((answers[2][1].json as { readonly unused: unknown[] }).unused).toHaveLength(3)
  })

  it('takes and refuses the options that the proxy takes and refuses', async () => {
    await using proxy = await startProxy({ listen: false, logFile: false })
    const wrong = [
      {},
      { cassette: '' },
      { cassette: 1 },
      { cassette: 'a', mode: 'on' },
      { cassette: 'a', cassete: 'b' },
      { cassette: 'a', test: 'a.test.ts' },
      { cassette: 'a', test: { file: 'a.test.ts', line: 0, name: 'asks' } },
      { cassette: 'a', test: { file: 'a.test.ts', name: 'asks', column: 1 } },
      { cassette: 'a', faults: [] },
      { cassette: 'a', allowedModels: [] },
      { cassette: 'a', maxTokens: 0 },
      { cassette: 'a', forbiddenOutputs: [''] }
    ]
    for (const options of wrong) {
      expect(problems(schema('SessionOptions'), options), JSON.stringify(options)).not.toEqual([])
      await expect(proxy.openSession(options as never)).rejects.toThrow('The options of the session are wrong')
    }
    const right = {
      cassette: 'a/b',
      title: 'a test',
      mode: 'once',
      test: { file: 'a.test.ts', name: 'asks' },
      faults: ['status=429', { nth: 2, reset: true }],
      allowedModels: ['gpt-4*'],
      maxTokens: 100,
      forbiddenInstructions: ['ignore all rules'],
      forbiddenOutputs: ['*secret*']
    }
    expect(problems(schema('SessionOptions'), right)).toEqual([])
    expect(readSessionOptions(right)).toMatchObject({ cassette: 'a/b', rules: { maxTokens: 100 } })
  })
})
