/** Sums up what happened behind the handlers, as a session of a shared proxy is summed up. */
import { modeRules } from '../pipeline/source.ts'
import { reportOf } from '../sessions/report.ts'
import type { SessionReport } from '../sessions/session.ts'
import type { Player } from './player.ts'

export function reportPlay({ mode, cassettes, exchanges }: Player, title: string): SessionReport {
  const [played] = cassettes
  const existed = played?.existed ?? false
  const cameTo = mode === 'once' ? (existed ? 'replay' : 'record') : mode
  return reportOf({
    id: 'msw',
    title,
    cassette: played?.name ?? title,
    mode: cameTo,
    unused: modeRules(mode, existed).reads ? (played?.unused ?? []) : [],
    failedCassette: undefined,
    exchanges
  })
}
