/** Which accounts of the ledger a call touches, by the budgets that hold for it. */
import type { Budget } from './budgets.ts'
import { createCalendar } from './calendar.ts'
import { createScopeTest, nameScope, type ScopedCall } from './scope.ts'

/** The call, as budgets see it. */
export interface BudgetedCall extends ScopedCall {
  /** Milliseconds since 1970. */
  readonly at: number
}

/** An account, and what it may hold. */
export interface BudgetAccount {
  /** Its name in the ledger: the same for every process with the same budget. */
  readonly account: string
  readonly unit: Budget['unit']
  /** Whole: micro-USD or tokens. */
  readonly limit: number
  readonly expiresAt: number
  /** The budget it stands for. */
  readonly budget: Budget
}

export interface BudgetOptions {
  readonly budgets: readonly Budget[]
  /** Whose midnight counts, as an IANA name. @default 'UTC' */
  readonly zone?: string
  /** Names this run of the proxy; all processes of one run share it. */
  readonly runId: string
}

/** A run's account is kept this long after its last call, in milliseconds: thirty days. */
const RUN_KEPT_MS = 30 * 24 * 3_600_000

/**
 * The accounts that a call touches, each once: where two budgets mean the same account, the smaller limit holds.
 * @throws BudgetError when the zone is not known
 */
export function createBudgetAccounts({ budgets, zone = 'UTC', runId }: BudgetOptions): (call: BudgetedCall) => BudgetAccount[] {
  const calendar = createCalendar(zone)
  const compiled = budgets.map((budget) => {
    const name = createNames((span, token) => nameAccount(budget, span, { zone, token }))
    return { budget, holdsFor: createScopeTest(budget), name }
  })
  return (call) => {
    const { at, token } = call
    const accounts: BudgetAccount[] = []
    for (const { budget, holdsFor, name } of compiled) {
      if (!holdsFor(call)) continue
      const span = budget.period === 'run' ? { name: runId, end: at + RUN_KEPT_MS } : calendar(budget.period, at)
      const { unit, limit } = budget
      const account = { account: name(span.name, token), unit, limit, expiresAt: span.end, budget }
      const same = accounts.findIndex((other) => other.account === account.account)
      if (same === -1) accounts.push(account)
      else if (limit < accounts[same]!.limit) accounts[same] = account
    }
    return accounts
  }
}

/** The last name is the next one's, mostly. */
function createNames(nameOf: (span: string, token: string | undefined) => string): typeof nameOf {
  let last: { readonly span: string; readonly token: string | undefined; readonly name: string } | undefined
  return (span, token) => {
    if (last?.span !== span || last.token !== token) last = { span, token, name: nameOf(span, token) }
    return last.name
  }
}

/** The limit is no part of the name: raising it forgives nothing. */
function nameAccount(budget: Budget, span: string, { zone, token }: { zone: string; token: string | undefined }): string {
  const parts = ['budget', budget.unit, budget.period, span]
  if (budget.period === 'day' || budget.period === 'month') parts.push(`zone=${zone}`)
  return nameScope(parts, budget, token)
}
