/** Opens what money needs: the list of prices, the budgets. */
import type { Config } from './config/config.ts'
import { budgetSummary } from './firewall/budget-words.ts'
import { createSpending, type Spending } from './firewall/spending.ts'
import { createBudgetAccounts } from './metering/budget-accounts.ts'
import type { Budget } from './metering/budgets.ts'
import type { Ledger } from './metering/ledger.ts'
import { loadPriceList } from './metering/prices.ts'

/** What limits the money that is spent: one line each, as rules in force are told. */
export function spendingSummaries({ budget, budgetZone, unpricedModels }: Config): string[] {
  const zone = budgetZone === 'UTC' ? '' : ` (${budgetZone})`
  const hasMidnight = ({ period }: Budget): boolean => period === 'day' || period === 'month'
  const blocks = (unpricedModels ?? (budget ? 'block' : 'allow')) === 'block'
  return [
    ...(budget ?? []).map((one) => budgetSummary(one) + (hasMidnight(one) ? zone : '')),
    ...(blocks ? ['models without a price: refused'] : [])
  ]
}

export interface SpendingParts {
  /** Names this run in budgets that hold for one. */
  readonly runId: string
  readonly report: (line: string) => void
}

/** Prices are loaded meanwhile; the first exchange waits for them. */
export async function openSpending(config: Config, ledger: Ledger, { runId, report }: SpendingParts): Promise<Spending> {
  const { budget: budgets, budgetZone: zone, prices } = config
  const accountsOf = budgets && createBudgetAccounts({ budgets, zone, runId })
  const unpricedModels = config.unpricedModels ?? (budgets ? 'block' : 'allow')
  return createSpending({ ledger, list: await loadPriceList(), prices, accountsOf, unpricedModels, report })
}
