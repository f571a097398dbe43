/** How the time of a call grows with the work: with recordings and with rules not at all, with the length of a prompt in proportion. */
import { preciseLoad } from '../load/http.mjs'
import { NO_LOG, OURS, forwardWith, replayWith } from '../systems/openai-proxy.mjs'
import { chatAnswer, chatRequest, exchanges } from '../traffic/chat.mjs'
import { onSystem } from './steps.mjs'

const variant = (size, name, more) => ({ name: `${OURS}, ${name}`, kind: 'ours', missing: () => undefined, size, ...more })

/** The time of a call on one connection, in microseconds. */
async function timeOf(bench, opened, bodies, seconds = 4) {
  const load = { url: opened.url, headers: opened.headers, bodies, connections: 1 }
  await preciseLoad({ ...load, seconds: bench.tiny ? 0.5 : 2 }, bench.folder)
  const { p50 } = await preciseLoad({ ...load, seconds: bench.tiny ? 0.5 : seconds }, bench.folder)
  return { us: p50 * 1000 }
}

const FIGURES = { us: { title: 'p50 of a call, µs', better: 'less' } }

const RECORDINGS = [10, 1000, 100_000].map((size) =>
  variant(size, `${size.toLocaleString('en-US')} recordings`, {
    replay: (task) => replayWith(task, NO_LOG)
  })
)

export const growthOfRecordings = {
  id: 'growth-recordings',
  work: 'replay time by recordings',
  systems: RECORDINGS,
  measure: RECORDINGS[0].name,
  seconds: 300,
  rounds: 3,
  figures: FIGURES,
  aims: RECORDINGS.slice(1).map(({ name }) => ({ figure: 'us', of: name, against: RECORDINGS[0].name, atMost: 1.3 })),
  round(bench, system) {
    const recorded = exchanges(bench.tiny ? Math.min(system.size, 2000) : system.size)
    // The same number of different calls at every size, from the whole of the cassette.
    const step = recorded.length / 10
    const asked = Array.from({ length: 10 }, (_, index) => recorded[Math.floor(index * step)])
    const probe = { body: asked[3].request, answer: asked[3].answer }
    return onSystem(bench, { system, kind: 'replay', exchanges: recorded, probe }, (opened) =>
      timeOf(
        bench,
        opened,
        asked.map(({ request }) => request)
      )
    )
  }
}

const patterns = (count) =>
  Array.from({ length: count }, (_, index) => `*:*forbidden sentence number ${index} of the list*`).join(',')

const RULES = [1, 10, 100].map((size) =>
  variant(size, `${size} ${size === 1 ? 'rule' : 'rules'}`, {
    forward: (task) => forwardWith(task, { settings: { forbiddenInstructions: patterns(size), ...NO_LOG } })
  })
)

export const growthOfRules = {
  id: 'growth-rules',
  work: 'live time by forbidden instructions',
  systems: RULES,
  measure: RULES[0].name,
  figures: FIGURES,
  aims: RULES.slice(1).map(({ name }) => ({ figure: 'us', of: name, against: RULES[0].name, atMost: 1.3 })),
  round(bench, system) {
    const bodies = Array.from({ length: 100 }, (_, id) => chatRequest(id))
    return onSystem(bench, { system, kind: 'forward', api: {}, probe: { body: bodies[0], answer: chatAnswer(1) } }, (opened) =>
      timeOf(bench, opened, bodies)
    )
  }
}

/** Bytes of a prompt; its words are about six letters with their blank. */
const PROMPTS = [
  [1e3, '1 kB'],
  [1e5, '100 kB'],
  [1e6, '1 MB'],
  [1e7, '10 MB']
].map(([size, name]) => variant(size, `prompt of ${name}`, { forward: (task) => forwardWith(task, { settings: NO_LOG }) }))

export const growthOfPrompts = {
  id: 'growth-prompts',
  work: 'live time by length of the prompt',
  systems: PROMPTS,
  measure: PROMPTS[2].name,
  seconds: 120,
  figures: FIGURES,
  // In proportion is ten times for ten times the length; a fifth of leave for what the collector does with large texts.
  aims: [{ figure: 'us', of: PROMPTS[3].name, against: PROMPTS[2].name, atMost: 12 }],
  round(bench, system) {
    const body = chatRequest(1, { words: Math.round((bench.tiny ? Math.min(system.size, 1e6) : system.size) / 5.3) })
    return onSystem(bench, { system, kind: 'forward', api: {}, probe: { body, answer: chatAnswer(1) } }, (opened) =>
      timeOf(bench, opened, [body], 6)
    )
  }
}
