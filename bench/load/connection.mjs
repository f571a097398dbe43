/** One keep-alive connection of a load: asks, and says when the first byte of a body came and when the last. As little work as can be. */
import { connect } from 'node:net'

const HEAD = Buffer.from('\r\n\r\n')

/** A whole request as bytes. */
export function requestBytes({ url, headers = {}, body }) {
  const { host, pathname } = new URL(url)
  const all = { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/** Reads answers out of the bytes of a connection, framed by length or in chunks. */
export function createReader({ onFirst, onEnd }) {
  let head = Buffer.alloc(0)
  let state = 'head'
  let left = 0
  let line = ''
  let answer = { status: 0, bytes: 0 }

  const finish = () => {
    const ended = answer
    state = 'head'
    head = Buffer.alloc(0)
    answer = { status: 0, bytes: 0 }
    onEnd(ended)
  }

  function readHead(chunk) {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const end = head.indexOf(HEAD)
    if (end < 0) return chunk.length
    const text = head.toString('latin1', 0, end).toLowerCase()
    const used = end + 4 - (head.length - chunk.length)
    answer.status = Number(text.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/.exec(text)
    if (length) [state, left] = ['length', Number(length[1])]
    else if (text.includes('\r\ntransfer-encoding: chunked')) state = 'size'
    else state = 'close'
    head = Buffer.alloc(0)
    if (state === 'length' && left === 0) finish()
    return used
  }

  function readLine(chunk, at) {
    const end = chunk.indexOf(10, at)
    line += chunk.toString('latin1', at, end < 0 ? chunk.length : end + 1)
    return end < 0 ? chunk.length : end + 1
  }

  function readBody(chunk, at) {
    const size = state === 'close' ? chunk.length - at : Math.min(left, chunk.length - at)
    if (answer.bytes === 0 && size > 0) onFirst()
    answer.bytes += size
    left -= size
    if (state === 'length' && left === 0) finish()
    else if (state === 'data' && left === 0) state = 'gap'
    return at + size
  }

  function step(chunk, at) {
    if (state === 'head') return at + readHead(at === 0 ? chunk : chunk.subarray(at))
    if (state === 'length' || state === 'data' || state === 'close') return readBody(chunk, at)
    const next = readLine(chunk, at)
    if (!line.endsWith('\n')) return next
    const said = line.trim()
    line = ''
    if (state === 'gap') state = 'size'
    else if (state === 'trailer') {
      if (said === '') finish()
    } else {
      left = Number.parseInt(said, 16)
      state = left === 0 ? 'trailer' : 'data'
    }
    return next
  }

  return {
    read(chunk) {
      let at = 0
      while (at < chunk.length) at = step(chunk, at)
    },
    /** The other side has closed: the end of a body that has no other. */
    close() {
      if (state === 'close') finish()
    },
    get isReading() {
      return state !== 'head' || head.length > 0
    }
  }
}

/** Opens a connection. `ask` sends bytes; the answer comes to `onEnd({ status, bytes })`, an end that nobody asked for to `onLost`. */
export function openConnection(url, { onOpen, onFirst, onEnd, onLost }) {
  const { hostname, port } = new URL(url)
  const reader = createReader({ onFirst, onEnd })
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }, onOpen)
  let isLost = false
  const lose = () => {
    reader.close()
    if (!isLost) onLost()
    isLost = true
  }
  socket.on('data', (chunk) => reader.read(chunk))
  socket.on('error', lose).on('close', lose)
  return {
    ask: (bytes) => socket.write(bytes),
    end() {
      isLost = true
      socket.destroy()
    }
  }
}
