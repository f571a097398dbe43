/** Rates of the settings: of all calls, and of one token. */
import * as z from 'zod'
import { parseRates, RATE_PERIODS, type RateLimit, type RatePeriod } from '../metering/rates.ts'
import { readList, readOr } from './read-list.ts'

const amount = z.number('is no number').optional()

/** One rate of the configuration file: requests or tokens for a period, or calls at once; for one token or model if it says so. */
const entry = z.strictObject({
  requests: amount,
  tokens: amount,
  concurrent: amount,
  per: z.enum(Object.keys(RATE_PERIODS) as RatePeriod[], 'names no period: second, minute, hour or day').optional(),
  token: z.string().min(1).optional(),
  model: z.string().min(1).optional()
})

function toRate({ requests, tokens, concurrent, per, token, model }: z.infer<typeof entry>): RateLimit {
  const said = [
    requests === undefined ? [] : [`${requests} requests`],
    tokens === undefined ? [] : [`${tokens} tokens`],
    concurrent === undefined ? [] : [`${concurrent} concurrent`]
  ].flat()
  if (said.length !== 1) throw new Error('says requests, tokens or concurrent, one of them')
  const [read] = parseRates(`${said[0]}${per === undefined ? '' : `/${per}`}`)
  return { ...read!, ...(token === undefined ? {} : { token }), ...(model === undefined ? {} : { model }) }
}

const entries = z
  .array(
    entry.transform((value, context): RateLimit => readOr(context, () => toRate(value))),
    'is no list of rates'
  )
  .min(1, 'names no rate')

/** `60`, `60/minute,100000 tokens/minute,8 concurrent`, or a list of entries. */
export const rateLimit = z.unknown().transform((value, context): readonly RateLimit[] => {
  if (typeof value === 'number' || typeof value === 'string') return readOr(context, () => parseRates(String(value).trim()))
  return readList(value, context, {
    list: entries,
    hint: 'Write 60/minute,100000 tokens/minute,8 concurrent, or a list such as [{ tokens: 100000, per: minute, model: gpt-4* }].'
  })
})

/** The rates of one token: they need not say whose they are. */
export const callerRateLimit = rateLimit.refine((rates) => rates.every(({ token }) => token === undefined), {
  error: 'names a token within a token. Leave token out here.'
})
