/** Checks what a session is opened with, whoever opens it. */
import * as z from 'zod'
import { configSchema } from '../config/schema.ts'
import { invalid } from '../pipeline/errors.ts'
import { Refused } from '../pipeline/refused.ts'
import type { CheckedOptions } from './session.ts'

const MODES = ['live', 'record', 'replay', 'auto', 'once'] as const

/** The settings of the proxy that a session may have for itself: they are read, and told wrong, as the proxy's own. */
const SETTINGS = ['faults', 'allowedModels', 'maxTokens', 'forbiddenInstructions', 'forbiddenOutputs'] as const
const { faults, allowedModels, maxTokens, forbiddenInstructions, forbiddenOutputs } = configSchema.shape

const test = z.strictObject(
  {
    file: z.string({ error: 'is no path' }).min(1, 'is empty').max(4096, 'is longer than 4096 characters'),
    line: z.int({ error: 'is no line' }).min(1, 'is less than 1').optional(),
    name: z.string({ error: 'is no text' }).min(1, 'is empty').max(1000, 'is longer than 1000 characters')
  },
  { error: 'is not like {"file": "weather.test.ts", "line": 12, "name": "tells the weather"}' }
)

const schema = z.strictObject({
  cassette: z.string({ error: 'is no name of a cassette' }).min(1, 'is empty'),
  title: z.string({ error: 'is no text' }).max(1000, 'is longer than 1000 characters').optional(),
  test: test.optional(),
  mode: z.enum(MODES, { error: `is none of ${MODES.join(', ')}` }).optional(),
  faults,
  allowedModels,
  maxTokens,
  forbiddenInstructions,
  forbiddenOutputs
})

/** Throws `Refused` with every problem. */
export function readSessionOptions(given: unknown): CheckedOptions {
  const { success, data, error } = schema.safeParse(given)
  if (!success) {
    const problems = error.issues.map(problemOf)
    throw new Refused(invalid(400, 'invalid_session', `The options of the session are wrong: ${problems.join('; ')}.`))
  }
  const { cassette, title, test: place, mode, faults: specs = [], ...rules } = data
  return { cassette, title, test: place, mode, faults: specs, rules }
}

function problemOf(issue: z.core.$ZodIssue): string {
  const [option] = issue.path
  if (issue.code === 'unrecognized_keys') {
    const known = option === 'test' ? 'file, line, name' : ['cassette', 'title', 'test', 'mode', ...SETTINGS].join(', ')
    return `${[...issue.path, issue.keys[0]].join('.')} is no option of a session (${known})`
  }
  if (option === undefined) return 'they must be an object such as {"cassette": "weather"}'
  const isSetting = SETTINGS.some((name) => name === option)
  return isSetting ? `${String(option)}: ${issue.message.replace(/\.$/, '')}` : `${issue.path.join('.')} ${issue.message}`
}
