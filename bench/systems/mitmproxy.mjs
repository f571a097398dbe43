/** mitmproxy as a reverse proxy: mitmdump, which shows nothing, streams every body and logs no more than errors. */
import { findProgram, missingProgram } from '../harness/machine.mjs'

const SETTINGS = ['flow_detail=0', 'termlog_verbosity=error', 'stream_large_bodies=1', 'http2=false', 'onboarding=false']

export const mitmproxy = {
  name: 'mitmproxy',
  kind: 'peer',
  missing: () => missingProgram('mitmdump'),
  forward({ port, upstream, folder }) {
    const own = ['--mode', `reverse:${upstream}`, '--listen-host', '127.0.0.1', '--listen-port', String(port), '-q']
    const settings = [...SETTINGS, `confdir=${folder}/mitmproxy`].flatMap((setting) => ['--set', setting])
    return { command: findProgram('mitmdump'), args: [...own, ...settings], cwd: folder }
  }
}
