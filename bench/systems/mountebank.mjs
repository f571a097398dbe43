/** mountebank: one imposter, a stub a recording, matched by method, path and the body's text; errors alone are logged, to nowhere. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { missingPackage, packageFolder } from '../harness/machine.mjs'
import { freePort } from '../harness/ports.mjs'

function stub({ path, request, type, answer }) {
  return {
    predicates: [{ equals: { method: 'POST', path, body: request }, caseSensitive: true }],
    responses: [{ is: { statusCode: 200, headers: { 'content-type': type, connection: 'keep-alive' }, body: answer } }]
  }
}

export const mountebank = {
  name: 'mountebank',
  kind: 'peer',
  missing: () => missingPackage('mountebank'),
  async replay({ port, folder, exchanges }) {
    const file = join(folder, 'imposters.json')
    const imposter = { port, host: '127.0.0.1', protocol: 'http', recordRequests: false, stubs: exchanges.map(stub) }
    writeFileSync(file, JSON.stringify({ imposters: [imposter] }))
    const quiet = ['--noParse', '--nologfile', '--loglevel', 'error', '--localOnly']
    const own = ['--port', String(await freePort()), '--pidfile', join(folder, 'mb.pid')]
    return {
      command: process.execPath,
      args: [join(packageFolder('mountebank'), 'bin', 'mb'), 'start', '--configfile', file, ...quiet, ...own],
      cwd: folder
    }
  }
}
