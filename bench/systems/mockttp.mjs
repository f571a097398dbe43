/** mockttp: one rule with a look-up for replay, `thenForwardTo` towards an upstream; nothing of its traffic is kept. */
import { missingPackage, requirePeer } from '../harness/machine.mjs'
import { served } from './served.mjs'

export const mockttp = {
  name: 'mockttp',
  kind: 'peer',
  missing: () => missingPackage('mockttp'),
  replay: (task) => served('mockttp', 'replay', task),
  forward: (task) => served('mockttp', 'forward', task)
}

const create = () => requirePeer('mockttp').getLocal({ recordTraffic: false, suggestChanges: false, cors: false })

/** With its length, since mockttp ends the connection after an answer that has none. */
const headersOf = (type, answer) => ({ 'content-type': type, 'content-length': String(Buffer.byteLength(answer)) })

/** What runs in its own process. */
export const serve = {
  async replay({ port, exchanges }) {
    const answers = new Map(
      exchanges.map(({ request, type, answer }) => [
        JSON.stringify(JSON.parse(request)),
        { headers: headersOf(type, answer), answer }
      ])
    )
    const server = create()
    await server.forPost('/v1/chat/completions').thenCallback(async (request) => {
      const found = answers.get(JSON.stringify(await request.body.getJson()))
      return found ? { statusCode: 200, headers: found.headers, body: found.answer } : { statusCode: 404 }
    })
    await server.start(port)
  },
  async forward({ port, upstream }) {
    const server = create()
    await server.forAnyRequest().thenForwardTo(upstream)
    await server.start(port)
  }
}
