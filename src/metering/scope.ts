/** Whom a budget or a rate is for: one caller, each caller, some models, or everybody together. */
import { compileGlob } from '../http/glob.ts'

export interface Scope {
  /** Only calls of this named token; `*`: every token for itself. Absent: all calls together. */
  readonly token?: string
  /** Only calls of the models that fit, together: `gpt-4*`, compared without case. Absent: every model. */
  readonly model?: string
}

/** The call, as far as scopes ask. */
export interface ScopedCall {
  /** Every model that the call names. */
  readonly models: readonly string[]
  /** The name of the caller's token, where it has one. */
  readonly token?: string | undefined
}

/** Whether a call falls under a scope. */
export function createScopeTest({ token: wanted, model }: Scope): (call: ScopedCall) => boolean {
  const fits = model === undefined ? undefined : compileGlob(model.toLowerCase())
  return ({ models, token }) => {
    if (wanted !== undefined && (token === undefined || (wanted !== '*' && wanted !== token))) return false
    return fits === undefined || models.some((name) => fits(name.toLowerCase()))
  }
}

/** Names what is counted, the same in every process. Parts are escaped, so that no name of a token or model can be taken for another part. */
export function nameScope(parts: readonly string[], scope: Scope, token: string | undefined): string {
  const all = [...parts]
  if (scope.token !== undefined) all.push(`token=${token}`)
  if (scope.model !== undefined) all.push(`model=${scope.model.toLowerCase()}`)
  return all.map((part) => encodeURIComponent(part)).join(':')
}
