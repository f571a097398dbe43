// Lets a program find no host but this machine: an example that would go to the network fails, and says where it wanted to go.
import dns from 'node:dns'

const { lookup } = dns

Object.assign(dns, {
  lookup(host, options, done = options) {
    if (/^(localhost|127\..*|::1)$/.test(host)) lookup(host, options, done)
    else done(new Error(`Examples run without a network, and this one asked for ${host}.`))
  }
})
