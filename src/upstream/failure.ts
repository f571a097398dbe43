/** Says in words why an upstream gave no whole answer: names the host and what to check, and carries no key. */
import { UpstreamError } from '../pipeline/ports.ts'

/** How far an exchange with the upstream had come. */
export type Stage = 'connecting' | 'waiting' | 'answering'

const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
const UNSENDABLE = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])
const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA'])

/** @param host host and port of the configured base URL */
export function toUpstreamError(error: unknown, stage: Stage, host: string): UpstreamError {
  if (error instanceof UpstreamError) return error
  const code = readCode(error)
  if (TIMEOUTS.has(code)) return new UpstreamError('upstream_timeout', timeoutMessage(code, stage, host))
  if (UNSENDABLE.has(code)) {
    // The library's words name the header at fault, not its value.
    const why = error instanceof Error ? error.message : code
    return new UpstreamError(
      'upstream_broken',
      `The request cannot be sent to ${host} as it stands: ${why}. Correct it and try again.`
    )
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return new UpstreamError('upstream_broken', 'The proxy was closed before the answer was whole.')
  }
  if (stage === 'connecting') return new UpstreamError('upstream_refused', refusalMessage(code, host))
  const message =
    stage === 'waiting'
      ? `${host} gave no answer that can be read (${code}). Try again; if it stays so, check that the base URL is right.`
      : `${host} broke off in the middle of its answer (${code}). Try again.`
  return new UpstreamError('upstream_broken', message)
}

/** Several addresses of one host that all failed come as one error that holds the others. */
function readCode(error: unknown): string {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: readonly unknown[] }
  if (typeof code === 'string' && code !== '') return code
  return errors?.[0] === undefined ? 'no code' : readCode(errors[0])
}

function timeoutMessage(code: string, stage: Stage, host: string): string {
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || stage === 'connecting') {
    return `${host} took no connection in time. Check the network and the base URL.`
  }
  const what = stage === 'answering' ? 'sent nothing more of its answer' : 'did not begin to answer'
  return `${host} ${what} in time. Try again, or raise UPSTREAM_TIMEOUT.`
}

function refusalMessage(code: string, host: string): string {
  if (DNS.has(code))
    return `The name of the upstream ${host} cannot be found (${code}). Check the base URL and the network's DNS.`
  if (/CERT|TLS|SSL|EPROTO|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return (
      `No secure connection to ${host} (${code}). Check that the base URL's https:// and host are right, ` +
      'and give a private certificate authority in NODE_EXTRA_CA_CERTS.'
    )
  }
  return `No connection to ${host} (${code}). Check the base URL, and that the upstream runs and can be reached from here.`
}
