/** Says whether an address to listen on can be reached from other machines. */

/** @param host as configured: a name or an address, without brackets */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|::1|localhost|(?:.*\.)localhost)$/i.test(host)
}
