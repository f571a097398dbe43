/** Wires the sessions of a proxy: its folder of cassettes, its secrets, and the addresses that lead to a session. */
import { randomUUID } from 'node:crypto'
import { addFault } from '../open-faults.ts'
import { addresses, type Addresses } from '../addresses.ts'
import { resolveNested } from '../cassettes/place.ts'
import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/config.ts'
import { isCi } from '../config/mode.ts'
import type { AdminAnswers } from '../inspector/admin.ts'
import type { LogEntry } from '../log/log-entry.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { Tapes } from '../pipeline/ports.ts'
import { Refused } from '../pipeline/refused.ts'
import type { SecretBook } from '../secret-book.ts'
import { sessionsAnswers } from './api.ts'
import { readSessionOptions } from './session-options.ts'
import type { CheckedOptions, Session, SessionOptions } from './session.ts'
import { createSessions, type Sessions } from './sessions.ts'

export interface OpenSessionsParts {
  readonly config: Config
  readonly tapes: Tapes
  readonly secrets: SecretBook
  /** One line for the operator. */
  readonly report: (message: string) => void
  readonly view: (exchange: Exchange) => LogEntry
  /** Of the first fault of each session. */
  readonly faultSeed: number
  /** Waits until what has ended is recorded. */
  readonly idle: () => Promise<void>
}

export interface ProxySessions extends Sessions {
  /** Answers `/_proxy/sessions`. */
  readonly answers: AdminAnswers
  /** Throws `ConfigError` or `CassetteError`. */
  openFor(url: string, options: SessionOptions): Promise<Session>
}

export function openSessions({ config, secrets, report, ...parts }: OpenSessionsParts): ProxySessions {
  const sessions = createSessions({
    ...parts,
    mode: config.mode,
    ci: isCi(process.env),
    resolve: (cassette) => resolveNested(config.cassette, cassette),
    load: async (file, mode, name) =>
      (await import('../tapes.ts')).loadTape(file, {
        mode,
        match: config.match,
        policy: config.redact,
        secrets,
        report,
        name,
        // A test that asks for nothing needs no recording.
        missing: 'empty'
      }),
    unload: ({ redaction }) => secrets.leave(redaction),
    newId: () => `s-${randomUUID().replaceAll('-', '').slice(0, 16)}`
  })
  return {
    ...sessions,
    answers: sessionsAnswers({ sessions, addresses: sessionAddresses }),
    async openFor(url, options) {
      const { id, report: show, peek, close, faults } = await sessions.open(checked(options))
      return {
        id,
        fault: (match, fault) => addFault(faults, 'session.fault()', { ...match, ...fault }),
        get faults() {
          return faults.all()
        },
        ...sessionAddresses(url, id),
        report: show,
        peek,
        close: (outcome = 'passed') => close(outcome),
        async [Symbol.asyncDispose]() {
          await close('passed')
        }
      }
    }
  }
}

function sessionAddresses(url: string, id: string): Addresses {
  return addresses(`${url}/~/${id}`)
}

function checked(options: SessionOptions): CheckedOptions {
  try {
    return readSessionOptions(options)
  } catch (error) {
    if (error instanceof Refused) throw new ConfigError([error.error.message])
    throw error
  }
}
