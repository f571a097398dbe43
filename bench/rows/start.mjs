/** From the command to the first answer, and to the end of `--help`. */
import { join } from 'node:path'
import { ROOT } from '../harness/machine.mjs'
import { run } from '../harness/processes.mjs'
import { bare } from '../systems/bare.mjs'
import { mitmproxy } from '../systems/mitmproxy.mjs'
import { OURS, openaiProxy } from '../systems/openai-proxy.mjs'
import { talkback } from '../systems/talkback.mjs'
import { chatAnswer, chatRequest } from '../traffic/chat.mjs'
import { onSystem } from './steps.mjs'

const BODY = chatRequest(1)
const HELP = `${OURS} --help`
const EMPTY = 'node -e 0'

const ended = (name, args) => ({ name, kind: 'floor', missing: () => undefined, args })

export const start = {
  id: 'start',
  work: 'start: command to first answer',
  systems: [
    ended(EMPTY, ['-e', '0']),
    ended(HELP, [join(ROOT, 'dist', 'cli.js'), '--help']),
    bare,
    openaiProxy,
    talkback,
    mitmproxy
  ],
  quick: [EMPTY, HELP, OURS],
  measure: EMPTY,
  rounds: 11,
  figures: { ms: { title: 'ms', better: 'less', unit: ' ms' } },
  aims: [
    { figure: 'ms', of: OURS, atMost: 450 },
    { figure: 'ms', of: HELP, atMost: 120 }
  ],
  async round(bench, system) {
    if (system.args) return { ms: (await run({ command: process.execPath, args: system.args, cores: bench.cores.system })).ms }
    return onSystem(bench, { system, kind: 'forward', api: {}, probe: { body: BODY, answer: chatAnswer(1) } }, ({ startMs }) => ({
      ms: startMs
    }))
  }
}
