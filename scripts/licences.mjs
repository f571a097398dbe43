/** The licences of packages that became a part of a build: each asks to be told of. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The packages in a build, by esbuild's account of it. */
export function inlinedPackages({ inputs }) {
  const names = Object.keys(inputs).flatMap((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  return [...new Set(names)].toSorted()
}

/** Writes their licences into one file. */
export function writeLicences(metafile, { root, file }) {
  const texts = inlinedPackages(metafile).map((name) => {
    const folder = join(root, 'node_modules', name)
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const licence = readdirSync(folder).find((path) => /^licen[cs]e/i.test(path))
    if (licence === undefined) throw new Error(`${name} has no file with its licence: do not build it in.`)
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`
  })
  writeFileSync(file, texts.join(`\n${'-'.repeat(80)}\n\n`))
}
