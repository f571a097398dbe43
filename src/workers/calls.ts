/** Questions and answers between two processes, over a pipe that copies values. */
import { LedgerError, type LedgerErrorCode } from '../metering/ledger.ts'

/** Named questions, and who answers them. */
export type Answers<Names extends string = string> = { readonly [Name in Names]: (...args: never[]) => Promise<unknown> }

/** Asks the other side; rejects with the error that it threw there, or where the other side is gone. */
export type Ask<Theirs extends Answers<keyof Theirs & string>> = <Name extends keyof Theirs & string>(
  name: Name,
  ...args: Parameters<Theirs[Name]>
) => ReturnType<Theirs[Name]>

/** One end of a pipe. */
export interface Pipe {
  send(message: Message): void
  onMessage(hear: (message: Message) => void): void
  onClose(closed: () => void): void
}

/** Lists: the names of fields would be copied with each. */
export type Message =
  | readonly [kind: 'ask', id: number, name: string, args: readonly unknown[]]
  | readonly [kind: 'answer', id: number, value: unknown]
  | readonly [kind: 'error', id: number, message: string, code: string | undefined]

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** @param ours what this side answers */
export function connect<Theirs extends Answers<keyof Theirs & string>>(pipe: Pipe, ours: object): Ask<Theirs> {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let isClosed = false

  async function answer(id: number, name: string, args: readonly unknown[]): Promise<Message> {
    try {
      const found = (ours as Answers)[name]
      if (!found) throw new Error(`Nobody here answers ${name}.`)
      return ['answer', id, await found(...(args as never[]))]
    } catch (error) {
      return ['error', id, ...facts(error)]
    }
  }

  pipe.onMessage((message) => {
    const [kind, id, told, more] = message
    if (kind === 'ask') return void answer(id, told, more).then((answered) => pipe.send(answered))
    const asking = waiting.get(id)
    waiting.delete(id)
    if (kind === 'answer') asking?.resolve(told)
    else asking?.reject(remade(told, more))
  })
  pipe.onClose(() => {
    isClosed = true
    for (const { reject } of waiting.values()) reject(gone())
    waiting.clear()
  })

  return (name, ...args) =>
    new Promise((resolve, reject) => {
      if (isClosed) return void reject(gone())
      waiting.set((asked += 1), { resolve, reject })
      pipe.send(['ask', asked, name, args])
    }) as ReturnType<Theirs[typeof name]>
}

function facts(error: unknown): [message: string, code: string | undefined] {
  if (!(error instanceof Error)) return [String(error), undefined]
  const { code } = error as Error & { readonly code?: unknown }
  return [error.message, typeof code === 'string' ? code : undefined]
}

/** Codes of a ledger begin so, but for one; whoever asks tells its errors from others by their class. */
const LEDGER_CODE = /^(ledger_|invalid_amount$)/

function remade(message: string, code: string | undefined): Error {
  if (code !== undefined && LEDGER_CODE.test(code)) return new LedgerError(code as LedgerErrorCode, message)
  return Object.assign(new Error(message), { code })
}

function gone(): LedgerError {
  return new LedgerError('ledger_closed', 'The process that keeps the counts has ended. Start the proxy again.')
}
