/** talkback: tapes matched by method, address and body alone (no headers), compared as bytes, its fastest way; no log, no summary. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { missingPackage, requirePeer } from '../harness/machine.mjs'
import { served } from './served.mjs'

export const talkback = {
  name: 'talkback',
  kind: 'peer',
  missing: () => missingPackage('talkback'),
  replay: (task) => served('talkback', 'replay', task),
  forward: (task) => served('talkback', 'forward', task)
}

/** A tape as talkback writes it. By the type of the request it knows that the order of blanks in it does not count. */
function tape({ path, request, type, answer }) {
  const meta = {
    createdAt: '2026-11-24T09:00:00.000Z',
    host: 'https://api.openai.com',
    reqHumanReadable: false,
    resHumanReadable: false
  }
  const base64 = (text) => Buffer.from(text).toString('base64')
  return {
    meta,
    req: { url: path, method: 'POST', headers: { 'content-type': 'application/json' }, body: base64(request) },
    res: { status: 200, headers: { 'content-type': [type] }, body: base64(answer) }
  }
}

async function start(options) {
  const create = requirePeer('talkback')
  const quiet = { silent: true, summary: false, allowHeaders: [], record: create.Options.RecordMode.DISABLED }
  await create({ ...quiet, ...options(create.Options) }).start()
}

/** What runs in its own process. */
export const serve = {
  async replay({ port, folder, exchanges }) {
    const path = join(folder, 'tapes')
    mkdirSync(path)
    for (const [index, exchange] of exchanges.entries()) {
      writeFileSync(join(path, `${index}.json5`), JSON.stringify(tape(exchange)))
    }
    await start(({ FallbackMode }) => ({ port, path, host: 'http://127.0.0.1:9', fallbackMode: FallbackMode.NOT_FOUND }))
  },
  async forward({ port, folder, upstream }) {
    const { Agent } = await import('node:http')
    const agent = new Agent({ keepAlive: true })
    await start(({ FallbackMode }) => ({
      port,
      path: join(folder, 'tapes'),
      host: upstream,
      fallbackMode: FallbackMode.PROXY,
      httpClient: { fetchOptions: { agent } }
    }))
  }
}
