/** Reads lists of the settings so that a problem names its entry and its field. */
import * as z from 'zod'
import { messageOf } from './config-error.ts'

/** Reads a list; `hint` says what would be right. */
export function readList<Item>(
  value: unknown,
  context: z.RefinementCtx,
  { list, hint }: { readonly list: z.ZodType<Item[]>; readonly hint: string }
): Item[] {
  const read = list.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const [entry, ...field] = issue!.path
  const where = entry === undefined ? '' : `entry ${Number(entry) + 1} ${field.join('.')} `
  context.addIssue({ code: 'custom', message: `${where}${issue!.message}. ${hint}` })
  return z.NEVER
}

/** What a reader gives; its error becomes the problem. */
export function readOr<Value>(context: z.RefinementCtx, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) })
    return z.NEVER
  }
}
