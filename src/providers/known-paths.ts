/** Says whether a provider's API has an endpoint: method and path against a list of path templates. */

/** One template, in its pieces. */
interface Template {
  /** Without `/v1`; `{id}` stands for any one segment. */
  readonly segments: readonly string[]
  readonly methods: ReadonlySet<string>
}

/**
 * Reads a list of paths: one a line, `/files/{id} DELETE GET`.
 * @returns whether a method and a path (without `/v1`) fit one of them. HEAD is known where GET is
 */
export function createKnownPaths(list: string): (method: string, path: string) => boolean {
  const bySize = new Map<number, Template[]>()
  for (const line of list.split('\n')) {
    const [path, ...methods] = line.trim().split(' ')
    if (!path) continue
    const segments = path.split('/')
    const template = { segments, methods: new Set(methods) }
    bySize.set(segments.length, [...(bySize.get(segments.length) ?? []), template])
  }
  return (method, path) => {
    const asked = method === 'HEAD' ? 'GET' : method
    const given = path.split('/')
    return (bySize.get(given.length) ?? []).some(({ segments, methods }) => methods.has(asked) && fits(segments, given))
  }
}

function fits(segments: readonly string[], given: readonly string[]): boolean {
  return segments.every((segment, index) => (segment === '{id}' ? given[index] !== '' : segment === given[index]))
}
