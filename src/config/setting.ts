/** One row of the table of settings. */
export interface Setting {
  /** Its name in the configuration file and in `startProxy()`. */
  readonly key: string
  readonly variable?: string
  /** As the command line shows it: `--port <number>`. */
  readonly flag?: string
  /** What stands between its values where the flag is given more than once. Absent: the last one counts. */
  readonly repeats?: string
  /** As its variable would be written. Absent: not set. */
  readonly default?: string
  /** One line for people. */
  readonly meaning: string
  /** Has no name in the configuration file: it says where to look, or is another word for `mode` and `cassette`. */
  readonly outside?: true
}
