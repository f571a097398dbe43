/** Canary keys: they look like real ones, stand in no file, and are found again in whatever encoding somebody wrote them down. */

/** A made-up letter sequence of a length, always the same for the same seed, without any run that repeats. */
function letters(seed: string, length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  let state = 2166136261
  for (const char of seed) state = Math.imul(state ^ char.charCodeAt(0), 16777619) >>> 0
  let text = ''
  while (text.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    text += alphabet[(state >>> 8) % alphabet.length]
  }
  return text
}

/** The makers of keys, by the kind of key. Put together at run time, so that no tracked file holds the look of a key. */
const SHAPES = {
  openai: (seed: string) => 'sk-' + letters(seed, 48),
  openaiProject: (seed: string) => 'sk-' + 'proj-' + letters(seed, 74) + 'T3' + 'BlbkFJ' + letters(`${seed}2`, 74),
  openaiService: (seed: string) => 'sk-' + 'svcacct-' + letters(seed, 74) + 'T3' + 'BlbkFJ' + letters(`${seed}2`, 74),
  openaiAdmin: (seed: string) => 'sk-' + 'admin-' + letters(seed, 58) + 'T3' + 'BlbkFJ' + letters(`${seed}2`, 58),
  openaiEphemeral: (seed: string) => 'ek' + '_' + letters(seed, 32),
  anthropic: (seed: string) => 'sk-' + 'ant-' + 'api03-' + letters(seed, 93) + 'AA',
  anthropicAdmin: (seed: string) => 'sk-' + 'ant-' + 'admin01-' + letters(seed, 93) + 'AA',
  anthropicOauth: (seed: string) => 'sk-' + 'ant-' + 'oat01-' + letters(seed, 93) + 'AA',
  github: (seed: string) => 'ghp' + '_' + letters(seed, 36),
  aws: (seed: string) => 'AKIA' + letters(seed, 16).toUpperCase(),
  google: (seed: string) => 'AIza' + letters(seed, 35),
  /** Looks like nothing: only who knows it can find it. */
  plain: (seed: string) => 'canary' + letters(seed, 26)
} as const

export type CanaryKind = keyof typeof SHAPES

export const CANARY_KINDS = Object.keys(SHAPES) as CanaryKind[]

/** A key of a kind. The same seed gives the same key. */
export function canary(kind: CanaryKind, seed = 'canary'): string {
  return SHAPES[kind](`${kind}/${seed}`)
}

/** The encodings in which a canary stands in what somebody wrote; empty where it is gone. Half of a key counts too. */
export function findCanary(written: string | Uint8Array, key: string): string[] {
  const bytes = Buffer.from(written as Uint8Array)
  const text = bytes.toString('latin1')
  const half = Math.floor(key.length / 2)
  const forms: Readonly<Record<string, readonly string[]>> = {
    plain: [key],
    'first half': [key.slice(0, half)],
    'second half': [key.slice(half)],
    base64: base64Forms(key),
    hex: [Buffer.from(key).toString('hex'), Buffer.from(key).toString('hex').toUpperCase()],
    percent: [percentAll(key), percentAll(key).toLowerCase()],
    'json escapes': [[...key].map((char) => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')],
    reversed: [[...key].toReversed().join('')],
    'utf-16': [Buffer.from(key, 'utf16le').toString('latin1')]
  }
  return Object.keys(forms).filter((name) => forms[name]!.some((form) => text.includes(form)))
}

/** Base64 of a text that stands anywhere in other bytes: its three alignments, without the letters that neighbours share. */
function base64Forms(key: string): string[] {
  const standard = [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(key)])
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64')
    return whole.slice(shift === 0 ? 0 : 4)
  })
  return standard.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
}

function percentAll(key: string): string {
  return [...Buffer.from(key)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
}
