/**
 * The parts of undici that speak to the APIs. Its entry loads five times as many files, and puts its own agent behind the `fetch` of
 * the whole process. These files are no documented entries: package.json keeps undici to its minor, and a test says what broke.
 */
import { createRequire } from 'node:module'

type Undici = typeof import('undici')

const require = createRequire(import.meta.url)

export const Pool = require('undici/lib/dispatcher/pool.js') as Undici['Pool']
export type Pool = InstanceType<typeof Pool>

export const buildConnector = require('undici/lib/core/connect.js') as Undici['buildConnector']
