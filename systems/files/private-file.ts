/** Writes files so that they are never half-written and never readable by other users, not even for a moment. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import { describeBytes } from '../../domain/units.js';
import { asStorageFailure, errorCode } from './storage-failure.js';

/** The future owner of a file, if this process may give files away. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Replaces `path` atomically by a file of mode 0600: readers see the old content or the new, also after a crash. The
 * passing file beside it is hidden and ends in `.tmp`.
 *
 * @param owner default: this process's user.
 * @throws KnownFailure `DiskFull` or `NotWritable`; the file is then unchanged.
 */
export const writePrivateFile = async (
  path: string,
  content: string | Uint8Array,
  owner?: FileOwner,
): Promise<void> => {
  const passing = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(passing, 'wx', 0o600);
    try {
      await file.writeFile(content);
      if (owner !== undefined) await file.chown(owner.uid, owner.gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(passing, path);
  } catch (error) {
    await rm(passing, { force: true }).catch(() => undefined);
    throw asStorageFailure(error, path);
  }
};

/**
 * Reads a text file; `undefined` if there is none.
 *
 * @param mostBytes default: 16 MiB, more than any file of ours that is read as a whole.
 * @throws KnownFailure `FileTooLarge`.
 */
export const readPrivateFile = async (path: string, mostBytes = 16 * 1024 * 1024): Promise<string | undefined> => {
  try {
    const { size } = await stat(path);
    if (size > mostBytes) {
      throw new KnownFailure(
        'FileTooLarge',
        `${path} has ${describeBytes(size)}, and no file of its kind has more than ${describeBytes(mostBytes)}: see what it holds, and remove it.`,
      );
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};
