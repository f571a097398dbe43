/** `.env-example` names every variable, shows its default, and works as it stands. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { VARIABLES } from '../../src/config/settings.ts'
import { loadFrom } from './load-from.ts'

const text = readFileSync(new URL('../../.env-example', import.meta.url), 'utf8')
const assignments = [...text.matchAll(/^(?:# )?([A-Za-z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!] as const)

describe('.env-example', () => {
  it('names exactly the variables of the table, each once', () => {
    expect(assignments.map(([name]) => name).toSorted()).toEqual(VARIABLES.map(({ variable }) => variable).toSorted())
  })

  it('shows each default as it is', () => {
    const expected = Object.fromEntries(VARIABLES.map(({ variable, default: standard }) => [variable, standard ?? '']))
    expect(Object.fromEntries(assignments)).toEqual(expected)
  })

  it('as a .env changes nothing: as it stands, and with every line in force', () => {
    const standard = loadFrom({}).config
    expect(loadFrom({ files: { '.env': text } }).config).toEqual(standard)
    const inForce = text.replace(/^# (?=[A-Z_]+=)/gm, '')
    expect(inForce).not.toBe(text)
    expect(loadFrom({ files: { '.env': inForce } }).config).toEqual(standard)
  })

  it('gives examples that work', () => {
    const examples = [...text.matchAll(/Example: (.+)\n# ([A-Z_]+)=/g)].map(([, value, name]) => `${name}='${value}'`)
    expect(examples).toHaveLength(5)
    expect(loadFrom({ files: { '.env': examples.join('\n') } }).config).toMatchObject({
      allowedModels: ['gpt-4*', 'claude-*'],
      maxTokens: 4000,
      rateLimit: [{ unit: 'requests', period: 'minute', limit: 60 }],
      proxyTokens: [{ name: 'team-a' }, { name: 'team-b' }],
      forbiddenInstructions: [
        { role: 'system', pattern: '*jailbreak*' },
        { role: '*', pattern: '*ignore previous instructions*' }
      ]
    })
  })
})
