/** What the reports of commands are made of. */

/** One thing that was looked at. */
export interface ReportItem {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** What it is: `POST /v1/chat/completions (gpt-4o)`. */
  readonly name: string
  /** `error` makes the command fail; `notice` is worth a line; `skipped` could not be looked at. */
  readonly level: 'error' | 'notice' | 'skipped' | 'fine'
  /** What was broken, in kebab case. */
  readonly rule: string
  /** The same in a few words. */
  readonly title: string
  readonly text: string
  /** More of it, line by line, for reports that have the room. */
  readonly lines?: readonly string[]
  /** As JSON shows it; absent: JSON leaves it out. */
  readonly json?: object
}

/** Who reports. */
export interface Reporter {
  /** As the program calls it: `openai-proxy check`. */
  readonly command: string
  readonly version: string
  /**
   * The folder that annotations and SARIF name files from: the checkout. Files outside of it keep their names.
   * @default files keep their names
   */
  readonly root?: string | undefined
}

/** The checkout, where a runner of GitHub's says which it is. */
export function checkoutOf(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  return variables['GITHUB_WORKSPACE'] || undefined
}
