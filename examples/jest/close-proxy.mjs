// Jest's globalTeardown.
export default () => globalThis.proxy.close()
