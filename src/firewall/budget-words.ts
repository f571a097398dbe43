/** What is said of budgets: refusals to clients, warnings to the operator. */
import type { BudgetAccount } from '../metering/budget-accounts.ts'
import type { Budget } from '../metering/budgets.ts'
import type { Totals } from '../metering/ledger.ts'
import type { ModelCall, ProxyError } from '../providers/provider.ts'
import { violation } from './rule.ts'

/** Percents of a budget at which the operator is told. */
const WARNED_AT = [50, 80, 95]

/** Nothing is left for this call. Not to be tried again: a client would wait for hours. */
export function overBudget(account: BudgetAccount, used: number, amount: number): ProxyError {
  const { unit, expiresAt, budget } = account
  const left = Math.max(0, account.limit - used)
  const until =
    budget.period === 'run' ? 'with the next start of the proxy' : `at ${new Date(expiresAt).toISOString().slice(0, 16)}Z`
  return {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message:
      `Budget of this proxy exceeded: the call may take up to ${show(amount, unit)}, and of ${nameBudget(account)} ` +
      `${show(left, unit)} is left. It begins again ${until}. A call with a lower limit of output tokens may take less.`,
    param: null,
    retry: false
  }
}

/** What nobody can price cannot be held to a budget. */
export function unpriced(call: ModelCall): ProxyError {
  const model = call.model === undefined ? 'unknown' : call.model.replace(/\s+/g, ' ').slice(0, 100)
  // Only a call that has a place for a limit can be given one.
  const limited =
    call.tokenLimits.length > 0 || call.missingTokenLimits.length > 0 ? ', or the call a limit of output tokens' : ''
  return violation(
    'unpriced_model',
    `What ${call.endpoint} with model ${model} may cost at most is not known, so no budget can be kept. ` +
      `Whoever runs the proxy can give the model a price (prices)${limited}, or let such calls pass uncounted with UNPRICED_MODELS=allow`,
    'model'
  )
}

/** Tells the operator when a budget passes 50, 80 and 95 percent; reservations count. */
export function createBudgetWarnings(
  report: (message: string) => void
): (accounts: readonly BudgetAccount[], used: Totals) => void {
  const told = new Map<string, number>()
  return (accounts, used) => {
    for (const account of accounts) {
      const percent = ((used.get(account.account) ?? 0) * 100) / account.limit
      const passed = WARNED_AT.findLast((mark) => percent >= mark)
      if (passed === undefined || passed <= (told.get(account.account) ?? 0)) continue
      told.set(account.account, passed)
      const shown = show(used.get(account.account)!, account.unit)
      report(`${nameBudget(account)} has passed ${passed} %: ${shown} spent or reserved.`)
    }
  }
}

/** One line for people: what is in force. */
export function budgetSummary({ unit, limit, period, token, model }: Budget): string {
  const whose = [token && `token ${token}`, model && `model ${model}`].filter(Boolean).join(', ')
  return `budget: ${show(limit, unit)} a ${period}${whose === '' ? '' : ` (${whose})`}`
}

function nameBudget({ unit, limit, budget }: BudgetAccount): string {
  return budgetSummary({ ...budget, unit, limit }).replace('budget: ', 'the budget of ')
}

/** Micro-USD as USD, tokens as they are. */
function show(amount: number, unit: BudgetAccount['unit']): string {
  return unit === 'usd' ? `${Number((amount / 1_000_000).toFixed(6))} USD` : `${amount} tokens`
}
