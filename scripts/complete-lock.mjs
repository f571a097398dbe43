/**
 * Adds to a lock file the optional packages of other platforms that a registry did not serve, so that `npm ci` passes on every platform.
 * `node scripts/complete-lock.mjs [folder]`; without a folder, the root's.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const file = join(resolve(import.meta.dirname, '..', process.argv[2] ?? '.'), 'package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8'))
const { packages } = lock

/** `binding-linux-arm-musleabihf` → os, cpu and libc, as such packages declare them. */
function platformOf(name) {
  const [, os, cpu, libc] = /binding-(\w+)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name) ?? []
  if (!os) return {}
  return { os: [os], cpu: [cpu], ...(os === 'linux' && libc ? { libc: [libc.startsWith('musl') ? 'musl' : 'glibc'] } : {}) }
}

for (const [path, owner] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(owner.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (packages[key] || packages[`${path}/${key}`]) continue
    packages[key] = {
      version: range.replace(/^[~^]/, ''),
      optional: true,
      ...(owner.dev ? { dev: true } : {}),
      ...platformOf(name)
    }
    console.log(`added ${name} ${packages[key].version}`)
  }
}

lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
