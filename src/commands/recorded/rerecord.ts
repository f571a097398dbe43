/** Records interactions of one cassette anew, beside it, and puts them in its place when all are there. */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { whileNobodyWrites } from '../../cassettes/file-store.ts'
import type { Config } from '../../config/config.ts'
import type { ConfiguredParts } from '../../open-inside.ts'
import { startConfigured, type ConfiguredProxy } from '../../proxy.ts'
import { readRanges, replaceRanges } from '../cassette-files.ts'
import { CommandError } from '../command-error.ts'
import { writeWhole } from '../write-whole.ts'
import { toFetch, type Resend } from './resend.ts'

/** What became of a cassette. */
export interface Rerecorded {
  /** Answered anew, before anything failed. */
  readonly done: number
  /** Whole micro-USD, as far as answers told. */
  readonly spentMicroUsd: number
  /** Why the cassette stayed as it was. */
  readonly failure: { readonly resend: Resend; readonly reason: string } | undefined
}

export interface RerecordParts {
  /** Called before each call; gives the reason why it is not to be made. */
  readonly next: (resend: Resend, spentMicroUsd: number) => string | undefined
  readonly report: (line: string) => void
  /** Values that must be kept nowhere. */
  readonly secrets: ConfiguredParts['secrets']
}

/** A call that did not give what can be recorded. */
class Failed extends Error {
  readonly resend: Resend

  constructor(resend: Resend, reason: string) {
    super(reason)
    this.resend = resend
  }
}

/** @throws CommandError where the cassette cannot be written, or changed meanwhile */
export async function rerecord(
  file: string,
  resends: readonly Resend[],
  config: Config,
  parts: RerecordParts
): Promise<Rerecorded> {
  const stage = await openStage(file)
  let [done, spentMicroUsd] = [0, 0]
  try {
    const { bytes, documents } = await readRanges(file)
    const ranges = new Map<(typeof documents)[number], Uint8Array>()
    const problems: string[] = []
    const own = { mode: 'record', cassette: stage.cassette, proxyTokens: undefined, debug: false } as const
    const report = (line: string): void => void problems.push(line.replaceAll(stage.cassette, file))
    const proxy = await startConfigured(
      { ...config, ...own },
      { report, secrets: parts.secrets, listen: false, keepExchanges: 1 }
    )
    try {
      for (const resend of resends) {
        const halt = parts.next(resend, spentMicroUsd)
        if (halt !== undefined) throw new Failed(resend, halt)
        const before = (await readFile(stage.cassette)).byteLength
        const reason = await sendAgain(proxy, resend)
        spentMicroUsd += Math.round((proxy.exchanges[0]?.cost?.usd ?? 0) * 1_000_000)
        if (reason !== undefined) throw new Failed(resend, reason)
        const added = (await readFile(stage.cassette)).subarray(before)
        if (added.byteLength === 0) throw new Failed(resend, problems.at(-1) ?? 'it was not recorded')
        ranges.set(
          documents.find(({ line }) => line === resend.kept.line)!,
          added
        )
        done += 1
      }
    } finally {
      await proxy.close()
      for (const problem of problems) parts.report(problem)
    }
    // Whoever records into it meanwhile waits, or has come first.
    await whileNobodyWrites(file, async () => {
      if (Buffer.compare(await readFile(file), bytes) !== 0)
        throw new CommandError(`${file} changed meanwhile, and was left as it is. Run the command again.`)
      await moveSideFiles(stage.folder, dirname(file))
      await writeWhole(file, replaceRanges(bytes, ranges), 'Make it writable, and run the command again.')
    })
    return { done, spentMicroUsd, failure: undefined }
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    return { done, spentMicroUsd, failure: { resend: error.resend, reason: error.message } }
  } finally {
    await rm(stage.folder, { recursive: true, force: true })
  }
}

/**
 * A copy of the cassette in a folder beside it: numbers of placeholders go on where it ends, and the files beside it have their
 * names already.
 */
async function openStage(file: string): Promise<{ readonly folder: string; readonly cassette: string }> {
  const beside = dirname(file)
  let folder: string | undefined
  try {
    folder = await mkdtemp(join(beside, '.refresh-'))
    const cassette = join(folder, basename(file))
    await cp(file, cassette, { dereference: true })
    const text = await readFile(file, 'latin1')
    for (const name of await readdir(beside))
      if (name.endsWith('.files') && text.includes(name)) await cp(join(beside, name), join(folder, name), { recursive: true })
    return { folder, cassette }
  } catch (error) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    throw new CommandError(`Cannot write beside ${file}: ${(error as Error).message}. Make its folder writable.`)
  }
}

/** @returns why the answer is none to record */
async function sendAgain(proxy: ConfiguredProxy, { kept }: Resend): Promise<string | undefined> {
  const { path, init } = toFetch(kept)
  try {
    const response = await proxy.fetch(`${proxy.url}${path}`, init)
    const text = await response.text()
    const isWorse = response.status >= 400 && response.status !== kept.interaction.response.status
    if (isWorse) return `it was answered with ${response.status}: ${text.slice(0, 300)}`
  } catch (error) {
    return `it broke: ${(error as Error).message}`
  } finally {
    await proxy.idle()
  }
  const [{ outcome, source } = {}] = proxy.exchanges
  return outcome === 'complete' && source === 'upstream' ? undefined : `its answer did not come whole (${outcome})`
}

/** They have their digests for names: what is there already is the same. */
async function moveSideFiles(from: string, to: string): Promise<void> {
  for (const name of (await readdir(from)).filter((one) => one.endsWith('.files'))) {
    await mkdir(join(to, name), { recursive: true })
    for (const file of await readdir(join(from, name))) await rename(join(from, name, file), join(to, name, file))
  }
}
