/** Turns a full disk or a forbidden folder, which administrators meet every day, into a plain failure. */
import { dirname } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Returns the `KnownFailure` (`DiskFull`, `NotWritable`) that a failed write to `path` means, else the error itself. */
export const asStorageFailure = (error: unknown, path: string): unknown => {
  const code = errorCode(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new KnownFailure('DiskFull', `No space is left to write ${path}: free some, then try again.`, {
        facts: { code },
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new KnownFailure(
        'NotWritable',
        `${path} cannot be written: make ${dirname(path)} writable for this user.`,
        {
          facts: { code },
          cause: error,
        },
      );
    default:
      return error;
  }
};
