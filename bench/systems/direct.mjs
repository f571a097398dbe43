/** No proxy at all: the load asks the upstream itself. */

export const direct = {
  name: 'direct',
  kind: 'floor',
  missing: () => undefined,
  forward: ({ upstream }) => ({ origin: upstream })
}
