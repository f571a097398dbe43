/** Puts a changed configuration file in force while the proxy runs; a bad one is told, and what was in force stays. */
import { basename } from 'node:path'
import type { LiveConfig } from '../config/live.ts'
import type { LoadOptions } from '../config/load.ts'
import type { ConfiguredProxy } from '../proxy.ts'

/** @returns stops following */
export async function followConfig(
  { config, path, text }: LiveConfig,
  options: LoadOptions,
  { proxy, report }: { readonly proxy: ConfiguredProxy; readonly report: (line: string) => void }
): Promise<() => void> {
  if (path === undefined) return () => undefined
  const [{ watchFile }, { changeProblems, loadSettings, needRestart }] = await Promise.all([
    import('../config/watch-file.ts'),
    import('../config/live.ts')
  ])
  const name = basename(path)
  const keep = (problems: readonly string[]): void => {
    for (const problem of problems) report(problem)
    report(`${name} changed, but is not taken: what was in force stays.`)
  }
  let changes = 0
  const changed = async (now: string | undefined): Promise<void> => {
    // An editor that empties the file before it writes must not lift every limit meanwhile.
    if (now === undefined || now.trim() === '') return keep([`${name} is ${now === undefined ? 'gone' : 'empty'}.`])
    try {
      const next = await loadSettings(options, (changes += 1))
      const problems = changeProblems(config, next.config)
      if (problems.length > 0) return keep(problems)
      proxy.enforce(next.config, next.secrets)
      report(`${name} changed, in force now: ${proxy.rules.join(' | ') || 'no rules'}`)
      const later = needRestart(config, next.config)
      if (later.length > 0) report(`${name}: ${later.join(', ')} changed, which needs a restart. Until then it stays as it was.`)
    } catch (error) {
      keep(error instanceof Error ? error.message.split('\n') : [String(error)])
    }
  }
  const failed = (error: unknown): void => report(`${name} is not watched any more (${String(error)}): a change needs a restart.`)
  return watchFile(path, { text, changed, failed })
}
