/** The global setup of a vitest run: starts the proxy that all tests share, and sums up what they did with it. */
import { groupBy } from '../group-by.ts'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { terminal } from '../commands/console.ts'
import type { Proxy, ProxyOptions } from '../proxy.ts'
import type { SessionSummary } from '../sessions/session.ts'
import { REMEMBERED_SESSIONS } from '../sessions/sessions.ts'
import { PROVIDED } from './provided.ts'
import { cassettesIn, prune } from './prune.ts'
import { isWholeRun, type RunModule, type RunReporter, type SetupContext, type VitestRun } from './run.ts'
import { hasUnused, summaryLines, type UnusedPolicy } from './summary.ts'
import { findUnused, type Unused } from './unused.ts'

/** Every option of `startProxy()` but those that tests have no say in, and these. */
export interface SetupOptions extends Omit<ProxyOptions, 'cassette' | 'host' | 'listen' | 'proxyTokens' | 'sessionsOnly'> {
  /**
   * The folder of cassettes, from the root of vitest.
   * @default 'recordings'
   */
  readonly cassette?: string
  /**
   * What is done about cassettes and recordings that nothing used: they are told, or the run fails, or they are removed. Looked at
   * only where every test file ran, none was narrowed by name, and all tests passed.
   * @default `OPENAI_PROXY_UNUSED`, else 'prune' where vitest runs with `--update`, else 'report'
   */
  readonly unused?: UnusedPolicy
  /**
   * `false` prints no summary.
   * @default true
   */
  readonly summary?: boolean
}

/** A global setup: gives what ends it. */
export type Setup = (context: SetupContext) => Promise<() => Promise<void>>

/** The proxy of some projects, and what is to be done at the end of a run. */
interface SharedProxy {
  users: number
  readonly proxy: Proxy
  readonly folder: string
  readonly policy: UnusedPolicy
  readonly summary: boolean
}

/** A global setup with options of your own: `export default createSetup({ maxTokens: 4000 })`. */
export function createSetup(options: SetupOptions = {}): Setup {
  // Projects that name the same setup share its proxy.
  const started = new WeakMap<VitestRun, Promise<SharedProxy>>()
  return async (context) => {
    const { vitest } = context
    const starting = started.get(vitest) ?? start(vitest, options)
    started.set(vitest, starting)
    const shared = await starting
    shared.users += 1
    context.provide(PROVIDED, { url: shared.proxy.url, root: vitest.config.root })
    return async () => {
      shared.users -= 1
      if (shared.users > 0) return
      started.delete(vitest)
      runs.get(vitest)!.all.delete(shared)
      await shared.proxy.close()
    }
  }
}

async function start(
  vitest: VitestRun,
  { unused, summary = true, cassette = 'recordings', ...options }: SetupOptions
): Promise<SharedProxy> {
  const policy = unused ?? policyOf(vitest, process.env['OPENAI_PROXY_UNUSED'])
  const folder = resolve(vitest.config.root, cassette)
  const { startProxy } = await import('../proxy.ts')
  const proxy = await startProxy({ logFile: false, ...options, cassette: `${folder}/`, sessionsOnly: true })
  const shared = { users: 0, proxy, folder, policy, summary }
  proxiesOf(vitest).add(shared)
  return shared
}

/** The proxies of a run, since projects may have setups of their own, and who hears of its end. */
interface RunProxies {
  readonly all: Set<SharedProxy>
  readonly reporter: RunReporter
}

const runs = new WeakMap<VitestRun, RunProxies>()

function proxiesOf(vitest: VitestRun): Set<SharedProxy> {
  const all = new Set<SharedProxy>()
  const run = runs.get(vitest) ?? { all, reporter: createReporter(vitest, all) }
  runs.set(vitest, run)
  // vitest makes its reporters anew where its configuration has changed.
  if (!vitest.reporters.includes(run.reporter)) vitest.reporters.push(run.reporter)
  return run.all
}

/** Looks at the sessions since the last run: in watch mode there are many. */
function createReporter(vitest: VitestRun, all: ReadonlySet<SharedProxy>): RunReporter {
  const told = new Set<string>()
  return {
    async onTestRunEnd(modules, _errors, reason) {
      for (const sharing of groupBy([...all], ({ folder }) => folder).values()) {
        await Promise.all(sharing.map(({ proxy }) => closeLeftOpen(proxy)))
        const sessions = sharing.flatMap(({ proxy }) => proxy.sessions).filter(({ id }) => !told.has(id))
        for (const { id } of sessions) told.add(id)
        const { folder, policy, summary } = sharing[0]!
        const unused = reason === 'passed' ? await unusedOf({ vitest, folder, sessions, modules }) : undefined
        if (policy === 'prune' && hasUnused(unused)) await prune(unused)
        if (policy === 'fail' && hasUnused(unused)) process.exitCode = 1
        const { root } = vitest.config
        const lines = summaryLines({ sessions, unused, policy, root, terminal: terminal(process.stderr) })
        // What reporters print for programs goes to standard output.
        if (lines.length > 0 && (summary || policy === 'fail')) process.stderr.write(`${lines.join('\n')}\n`)
      }
    }
  }
}

/** Of a test that was cut off in the middle, nothing is kept. */
async function closeLeftOpen(proxy: Proxy): Promise<void> {
  const open = proxy.sessions.filter(({ outcome }) => outcome === undefined)
  const close = (id: string): Promise<Response> =>
    proxy.fetch(`${proxy.url}/_proxy/sessions/${id}?outcome=failed`, { method: 'DELETE' })
  await Promise.all(open.map(({ id }) => close(id)))
}

interface RunFacts {
  readonly vitest: VitestRun
  readonly folder: string
  readonly sessions: readonly SessionSummary[]
  readonly modules: readonly RunModule[]
}

async function unusedOf({ vitest, folder, sessions, modules }: RunFacts): Promise<Unused | undefined> {
  const isComplete = sessions.length < REMEMBERED_SESSIONS
  if (!isComplete || !(await isWholeRun(vitest, modules))) return undefined
  const { root } = vitest.config
  return findUnused({
    sessions,
    folder,
    cassettes: await cassettesIn(folder),
    root,
    files: vitest.state.getFiles(),
    projects: vitest.projects.map(({ name }) => name),
    isGone: (path) => {
      const file = resolve(root, path)
      return !existsSync(file) && vitest.projects.some((project) => project.matchesTestGlob(file))
    }
  })
}

function policyOf({ config }: VitestRun, variable: string | undefined): UnusedPolicy {
  const given = variable?.trim().toLowerCase() ?? ''
  if (given === 'report' || given === 'fail' || given === 'prune') return given
  if (given !== '') throw new Error(`OPENAI_PROXY_UNUSED: "${given}" is none of report, fail and prune.`)
  return config.snapshotOptions?.updateSnapshot === 'all' ? 'prune' : 'report'
}
