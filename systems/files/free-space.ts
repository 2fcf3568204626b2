/** Checks free space before the work, because a disk that fills up half-way leaves work half-done. */
import { statfs } from 'node:fs/promises';
import { KnownFailure } from '../../domain/known-failure.js';
import { describeBytes } from '../../domain/units.js';

/**
 * @throws KnownFailure `DiskFull`: less than `neededBytes` are left for this user where `folder` is.
 */
export const assertFreeSpace = async (folder: string, neededBytes: number): Promise<void> => {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new KnownFailure(
    'DiskFull',
    `Only ${describeBytes(freeBytes)} are free at ${folder} and ${describeBytes(neededBytes)} are needed: free some, or name another folder`,
  );
};
