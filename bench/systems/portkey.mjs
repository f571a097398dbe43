/** Portkey's gateway, towards a host of one's own, without its console. Newer versions of its HTTP adapter than the one in package.json break its streams. */
import { join } from 'node:path'
import { missingPackage, packageFolder } from '../harness/machine.mjs'

export const portkey = {
  name: 'Portkey gateway',
  kind: 'peer',
  missing: () => missingPackage('@portkey-ai/gateway'),
  forward({ port, upstream, folder }) {
    return {
      command: process.execPath,
      args: [join(packageFolder('@portkey-ai/gateway'), 'build', 'start-server.js'), `--port=${port}`, '--headless'],
      cwd: folder,
      env: { NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1' },
      headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstream}/v1` }
    }
  }
}
