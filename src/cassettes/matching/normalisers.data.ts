/** The normalisers that have a name: what changes from run to run by itself, as people would call it. */

/** One kind of values. */
export interface NamedNormaliser {
  readonly name: string
  /** What it finds, for people. */
  readonly meaning: string
  /**
   * Global. Linear in a text's length: a run of characters is only tried from its beginning, and nothing repeated can be read in
   * two ways.
   */
  readonly pattern: RegExp
  /** Whether it makes so much equal that it must be told where. */
  readonly needsPlace?: true
}

/** From the narrowest to the broadest: where two explain a change, the first is proposed. */
export const NORMALISERS: readonly NamedNormaliser[] = [
  {
    name: 'uuid',
    meaning: '123e4567-e89b-12d3-a456-426614174000',
    pattern: /(?<![\da-z])[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\da-z])/gi
  },
  {
    name: 'iso-date',
    meaning: '2026-11-24, 2026-11-24T09:00:00.5Z, 2026-11-24 09:00:00+01:00',
    pattern: /(?<!\d)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)/g
  },
  {
    name: 'unix-time',
    meaning: 'seconds (1764000000, with or without a fraction) or milliseconds since 1970, from 2001 to 2286',
    pattern: /(?<![\w.-])[1-9]\d{9}(?:\d{3}|\.\d{1,9})?(?![\w.])/g
  },
  {
    name: 'email',
    meaning: 'ann@example.com',
    pattern: /(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\da-z-]{1,63}\.){1,8}[a-z]{2,24}(?![\w-])/gi
  },
  {
    name: 'hex',
    meaning: '16 hexadecimal digits or more, letters and digits among them',
    pattern: /(?<![\da-z])(?=[a-f]{0,64}\d)(?=\d{0,64}[a-f])[\da-f]{16,}(?![\da-z])/gi
  },
  {
    name: 'local-address',
    meaning: 'localhost:8080, 127.0.0.1:49152: a port of this machine',
    pattern: /(?<![\w.-])(?:localhost|127\.0\.0\.1|\[::1\]):\d{1,5}(?!\d)/g
  },
  {
    name: 'path',
    meaning: 'a whole path of a file: /tmp/run-1/a.txt, C:\\Users\\ann\\a.txt',
    pattern: /(?<![\w/\\.:@~-])(?:~?(?:\/[\w.@+~-]{1,255}){2,}|[a-z]:\\[\w.@+~\\-]+)/gi
  },
  {
    name: 'number',
    meaning: '12, -0.5, 1e9: any number that stands apart from letters before it',
    pattern: /(?<![\w.-])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi,
    needsPlace: true
  }
]
