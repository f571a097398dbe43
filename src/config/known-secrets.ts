/** Values that are secret because of where they come from: variables whose names say so, and the proxy's own tokens. */
import { compileGlob } from '../http/glob.ts'
import { kindOfField } from '../redaction/json-fields.ts'
import { ownKind } from '../redaction/kinds.ts'
import type { Variables } from './config.ts'
import { tokenTexts } from './tokens.ts'

/** A secret, and the kind that its placeholder gets. */
export type KnownSecret = readonly [value: string, kind: string]

/** Where they are looked for. */
export interface SecretSources {
  readonly variables: Variables
  /** Names of variables that a user added; `*` stands for any run of characters. */
  readonly named: readonly string[]
  /** The setting as it was given. */
  readonly proxyTokens: unknown
}

/** Words that end the names of variables with secrets, beside those that end the names of fields. */
const ENDS = /(?:^|_)(?:TOKEN|PAT|CREDENTIALS?|SECRETS?)$/i

/** Numbers, switches and places are none, whatever the variable is called. */
const NO_SECRET = /^(?:\d+|true|false|[./~].*|file:.*)$/i

export function knownSecrets({ variables, named, proxyTokens }: SecretSources): KnownSecret[] {
  const fits = named.map(compileGlob)
  const fromVariables = Object.entries(variables).flatMap(([name, given]): KnownSecret[] => {
    const value = given?.trim() ?? ''
    const isNamed = fits.some((fit) => fit(name))
    const isSecret = isNamed || ((ENDS.test(name) || kindOfField(name, value) === 'credential') && !NO_SECRET.test(value))
    return isSecret && value !== '' ? [[value, ownKind(name.replaceAll('_', '-'))]] : []
  })
  const fromTokens = tokenTexts(proxyTokens).map((token): KnownSecret => [token, 'proxy-token'])
  return [...fromTokens, ...fromVariables]
}
