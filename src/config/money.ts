/** Budgets and prices of the settings. */
import * as z from 'zod'
import { parseBudgets, PERIODS, type Budget } from '../metering/budgets.ts'
import { createCalendar } from '../metering/calendar.ts'
import type { OwnPrice } from '../metering/prices.ts'
import { readList, readOr } from './read-list.ts'

const usd = z.number('is no amount of USD').nonnegative('is less than 0')

const price = z.strictObject({
  model: z.string().min(1),
  input: usd,
  cachedInput: usd.optional(),
  cacheWrite: usd.optional(),
  output: usd.optional(),
  perRequest: usd.optional()
})

/** One budget of the configuration file: USD or tokens for a period, for one token or model if it says so. */
const budgetEntry = z
  .strictObject({
    usd: z.number('is no amount of USD').optional(),
    tokens: z.number('is no number of tokens').optional(),
    per: z.enum(PERIODS, 'names no period: run, hour, day or month'),
    token: z.string().min(1).optional(),
    model: z.string().min(1).optional()
  })
  .transform(({ usd: dollars, tokens, per, token, model }, context): Budget => {
    return readOr(context, () => {
      if ((dollars === undefined) === (tokens === undefined)) throw new Error('says usd or tokens, one of them')
      const [read] = parseBudgets(dollars === undefined ? `${tokens} tokens/${per}` : `${dollars}/${per}`)
      return { ...read!, ...(token === undefined ? {} : { token }), ...(model === undefined ? {} : { model }) }
    })
  })

const entries = z.array(budgetEntry, 'is no list of budgets').min(1, 'names no budget')

/** `5/day,100/month`, or a list of entries. */
export const budget = z.unknown().transform((value, context): readonly Budget[] => {
  if (typeof value === 'string') return readOr(context, () => parseBudgets(value))
  return readList(value, context, {
    list: entries,
    hint: 'Write 5/day,100/month, or a list such as [{ usd: 5, per: day, model: gpt-4* }].'
  })
})

const priceList = z.array(price, 'is no list of prices').min(1, 'holds no price')

/** Prices of a user's own. */
export const prices = z.unknown().transform((value, context): readonly OwnPrice[] => {
  return readList(value, context, {
    list: priceList,
    hint: 'Write a list such as [{ model: local/*, input: 0.5, output: 2 }], in USD for a million tokens.'
  })
})

/** A time zone: `UTC`, or an IANA name. */
export const zone = z.string().transform((value, context): string => {
  return readOr(context, () => {
    createCalendar(value.trim())
    return value.trim()
  })
})
