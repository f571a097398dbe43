/** The steps that rows of work share: a system opened and ended again, a load measured after a warm-up, what a proxy adds. */
import { openSystem, openUpstream } from '../harness/open-system.mjs'
import { httpLoad } from '../load/http.mjs'

/** Opens a system for one piece of work, and ends it whatever happens. */
export async function onSystem(bench, { system, kind, exchanges, api, probe }, work) {
  const upstream = kind === 'forward' ? await openUpstream(api, bench.cores.load) : undefined
  try {
    const { folder } = bench
    const opened = await openSystem({ system, kind, folder, cores: bench.cores.system, exchanges, upstream, probe })
    try {
      return await work(opened, upstream)
    } finally {
      await opened.end()
    }
  } finally {
    await upstream?.end()
  }
}

/** Seconds of load before anything is measured: a program that runs for long is measured, not its compiler. */
const WARM_UP = 10

/** Loads a system as long as its engine needs to have compiled what runs often. */
export const warmUp = (bench, load) => httpLoad({ ...load, seconds: bench.quick ? 1 : WARM_UP }, bench.folder)

/** Requests a second and their times, with the processor time that the system took for each. */
export async function throughput(bench, opened, { bodies, connections }) {
  const load = { url: opened.url, headers: opened.headers, bodies, connections }
  await warmUp(bench, load)
  const before = opened.cpu()
  const { rate, requests, seconds, p50, p99 } = await httpLoad({ ...load, seconds: bench.quick ? 2 : 8 }, bench.folder)
  const cpu = opened.cpu() - before
  const used = opened.pid === undefined ? {} : { cpu: (cpu * 1e6) / requests, busy: (cpu / seconds) * 100 }
  return { rate, p50, p99, ...used }
}

/** The figures that `throughput` gives. `busy` below 90 says that the load or the upstream was the limit, not the system. */
export const RATES = {
  rate: { title: 'requests/s', better: 'more' },
  p50: { title: 'p50, ms', better: 'less' },
  p99: { title: 'p99, ms', better: 'less' },
  cpu: { title: 'processor per request, µs', better: 'less' },
  busy: { title: 'core busy, %', better: 'more' }
}

/** Adds to the figures of each system of a round what it takes more than `direct` did in the same round. */
export function addedTo(figures, round) {
  const floor = round.direct
  for (const own of Object.values(round)) {
    for (const [figure, name] of Object.entries(figures)) {
      if (floor?.[figure] !== undefined && own[figure] !== undefined && own !== floor) own[name] = own[figure] - floor[figure]
    }
  }
}
