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

export type Message =
  | { readonly kind: 'ask'; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string; readonly code: string | undefined }

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
      return { kind: 'answer', id, value: await found(...(args as never[])) }
    } catch (error) {
      return { kind: 'error', id, ...facts(error) }
    }
  }

  pipe.onMessage((message) => {
    if (message.kind === 'ask') return void answer(message.id, message.name, message.args).then((told) => pipe.send(told))
    const asking = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.kind === 'answer') asking?.resolve(message.value)
    else asking?.reject(remade(message.message, message.code))
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
      pipe.send({ kind: 'ask', id: asked, name, args })
    }) as ReturnType<Theirs[typeof name]>
}

function facts(error: unknown): { readonly message: string; readonly code: string | undefined } {
  if (!(error instanceof Error)) return { message: String(error), code: undefined }
  const { code } = error as Error & { readonly code?: unknown }
  return { message: error.message, code: typeof code === 'string' ? code : undefined }
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
