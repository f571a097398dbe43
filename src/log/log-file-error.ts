/** The error of a log that cannot be written, and the words for why a file cannot be used. */

/** The log cannot be written; the message says why and what to do. */
export class LogFileError extends Error {
  readonly code = 'log_unwritable'

  constructor(path: string, cause: unknown) {
    super(
      `Cannot write the log ${path}: ${reasonOf(cause)}. ` +
        'Set LOG_FILE (logFile) to a file that can be written, or to false for no log.'
    )
    this.name = 'LogFileError'
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  ENOENT: 'no file can be made there'
}

/** Why a file cannot be used, in words. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? code ?? 'for no reason that is known'
}
