/** WireMock, by the archive that its npm package brings, on Java: no journal, no logging, no templates, answers from a pool of threads. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, missingPackage, missingProgram, packageFolder } from '../harness/machine.mjs'

const FLAGS = [
  '--no-request-journal',
  '--disable-request-logging',
  '--disable-banner',
  '--disable-response-templating',
  '--disable-extensions-scanning',
  '--disable-gzip'
]

/** Of two recordings that fit WireMock takes the one it learnt last; here one fits. */
function mapping({ path, request, type, answer }) {
  return {
    request: { method: 'POST', urlPath: path, bodyPatterns: [{ equalTo: request }] },
    response: { status: 200, headers: { 'Content-Type': type }, body: answer }
  }
}

export const wiremock = {
  name: 'WireMock',
  kind: 'peer',
  missing: () => missingProgram('java') ?? missingPackage('wiremock'),
  replay({ port, folder, exchanges }) {
    mkdirSync(join(folder, 'mappings'))
    writeFileSync(join(folder, 'mappings', 'all.json'), JSON.stringify({ mappings: exchanges.map(mapping) }))
    const build = join(packageFolder('wiremock'), 'build')
    const archive = readdirSync(build).find((name) => name.endsWith('.jar'))
    const own = ['--port', String(port), '--bind-address', '127.0.0.1', '--root-dir', folder]
    return { command: findProgram('java'), args: ['-jar', join(build, archive), ...own, ...FLAGS], cwd: folder }
  }
}
