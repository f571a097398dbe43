/** Budgets: how much may be spent in which period, as settings write it (`5/day,100/month`). */
import type { Scope } from './scope.ts'

/** The time that a budget is for. `run`: from the start of the proxy to its end. The others are calendar periods. */
export const PERIODS = ['run', 'hour', 'day', 'month'] as const
export type Period = (typeof PERIODS)[number]

export interface Budget extends Scope {
  /** Whole: micro-USD or tokens. */
  readonly limit: number
  readonly unit: 'usd' | 'tokens'
  readonly period: Period
}

/** A budget that cannot be read. Its message names the choices. */
export class BudgetError extends Error {
  readonly code = 'invalid_budget'
  constructor(message: string) {
    super(message)
    this.name = 'BudgetError'
  }
}

const FORM = /^\$?(\d+(?:\.\d+)?)\s*(usd|tokens?)?\s*\/\s*([a-z]+)$/i

/**
 * Reads a list of budgets: `5/day,100/month`, `2.50/hour`, `1/run`, `200000 tokens/day`. Amounts are USD unless they say tokens.
 * @throws BudgetError
 */
export function parseBudgets(text: string): Budget[] {
  const parts = text.split(',').map((part) => part.trim())
  const budgets = parts.map((part) => parseBudget(part))
  for (const [index, { unit, period }] of budgets.entries()) {
    if (budgets.findIndex((other) => other.unit === unit && other.period === period) !== index) {
      throw new BudgetError(
        `Two budgets in ${unit === 'usd' ? 'USD' : 'tokens'} for a ${period}: ${quote(text)}. Keep one of them.`
      )
    }
  }
  return budgets
}

function parseBudget(text: string): Budget {
  const [, digits, unitText = 'usd', periodText] = FORM.exec(text) ?? []
  if (digits === undefined || periodText === undefined) {
    throw new BudgetError(
      `${quote(text)} is no budget. Write an amount of USD and a period (${choices()}): 5/day; or tokens: 200000 tokens/day.`
    )
  }
  const period = PERIODS.find((name) => name === periodText.toLowerCase())
  if (!period)
    throw new BudgetError(`${quote(text)} names no period that a budget can have. Choose one of ${choices()}: ${digits}/day.`)
  const unit = unitText.toLowerCase() === 'usd' ? 'usd' : 'tokens'
  return { limit: wholeLimit(text, digits, unit), unit, period }
}

function wholeLimit(text: string, digits: string, unit: Budget['unit']): number {
  const exact = unit === 'usd' ? Number(digits) * 1_000_000 : Number(digits)
  const limit = Math.round(exact)
  if (Math.abs(limit - exact) > 1e-3) {
    const least = unit === 'usd' ? '0.000001 USD' : '1 token'
    throw new BudgetError(`${quote(text)} is finer than ${least}, the least that is counted. Write fewer digits.`)
  }
  if (limit > 0 && Number.isSafeInteger(limit)) return limit
  throw new BudgetError(
    `${quote(text)} must be more than 0 and less than 9 billion USD. To block every call, allow no model instead.`
  )
}

function choices(): string {
  return PERIODS.join(', ')
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
