/** State holds secrets, so its folders are this user's alone; one that is not is refused before anything is put in it. */
import { access, chmod, constants, lstat, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import { asStorageFailure, errorCode } from './storage-failure.js';

const openToOthers = 0o077;

/**
 * Makes sure that `path` is a folder only this user can enter (0700), creating it and its parents if need be. A folder
 * of ours that is open to others is tightened.
 *
 * @returns the absolute path.
 * @throws KnownFailure `FolderNotUsable`: not a folder, a link, someone else's, or not writable.
 * @throws KnownFailure `DiskFull`.
 */
export const ensurePrivateFolder = async (path: string): Promise<string> => {
  const folder = resolve(path);
  await create(folder);

  const stats = await lstat(folder);
  if (!stats.isDirectory()) throw notUsable(folder, 'is not a folder');
  if (process.getuid !== undefined && stats.uid !== process.getuid())
    throw notUsable(folder, 'belongs to another user');
  if ((stats.mode & openToOthers) !== 0) await chmod(folder, 0o700);
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw notUsable(folder, 'is not writable', error);
  });
  return folder;
};

/** One folder after another: Node's own `recursive` never comes back from a place like /proc that refuses new entries. */
const create = async (folder: string, isLast = false): Promise<void> => {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'EEXIST') return;
    if (code === 'ENOENT' && !isLast) {
      const wasThere = await isThere(dirname(folder));
      if (!wasThere) await create(dirname(folder));
      // One that is there by now may have been made by another process in between: whether it takes folders shows in the next try.
      return create(folder, wasThere);
    }
    if (code === 'ENOTDIR') throw notUsable(folder, 'is not a folder', error);
    if (code === 'ENOENT') throw notTaken(folder, error);
    if (['EACCES', 'EPERM', 'EROFS'].includes(code)) throw notAllowed(folder, error);
    throw asStorageFailure(error, folder);
  }
};

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The folder has no owner, as in /proc. */
const notTaken = (folder: string, cause: unknown): KnownFailure =>
  new KnownFailure(
    'FolderNotUsable',
    `${folder} cannot be created, for ${dirname(folder)} takes no new folders: name another folder, as with --state-dir.`,
    { facts: { code: errorCode(cause) }, cause },
  );

/** The path has no obstacle that could be moved. */
const notAllowed = (folder: string, cause: unknown): KnownFailure =>
  new KnownFailure(
    'FolderNotUsable',
    `${folder} may not be created by this user: allow it, or name another folder, as with --state-dir.`,
    { facts: { code: errorCode(cause) }, cause },
  );

const notUsable = (folder: string, why: string, cause?: unknown): KnownFailure =>
  new KnownFailure('FolderNotUsable', `${folder} ${why}: move it away, or name a folder of your own instead.`, {
    facts: { code: errorCode(cause) },
    cause,
  });
