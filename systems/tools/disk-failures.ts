/** Names what a file system refused, so that people read what to do instead of an errno. */
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';

const fullCodes = ['ENOSPC', 'EDQUOT'];
const notWritableCodes = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];

/** `DiskFull`: nothing of the failed attempt is left behind. */
export const diskFull = (cacheFolder: string): KnownFailure =>
  new KnownFailure(
    'DiskFull',
    'the disk of the tool cache is full: free some space, or set OPENBAO_DR_CACHE elsewhere',
    { facts: { folder: cacheFolder } },
  );

/** `DiskFull` or `CacheNotWritable` for what the file system refused; anything else as it came. */
export const asDiskFailure = (error: unknown, cacheFolder: string): unknown => {
  const code = codeOf(error);
  if (fullCodes.includes(code)) return diskFull(cacheFolder);
  if (!notWritableCodes.includes(code)) return error;
  return cacheNotWritable(cacheFolder, error);
};

/** Explains why the folder is not writable, without making anything. Never throws. */
export const inspectCache = async (cacheFolder: string): Promise<KnownFailure | undefined> => {
  try {
    await access(cacheFolder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const parent = dirname(cacheFolder);
    if (codeOf(error) === 'ENOENT' && parent !== cacheFolder) {
      return (await inspectCache(parent)) && cacheNotWritable(cacheFolder, error);
    }
    return cacheNotWritable(cacheFolder, error);
  }
};

const cacheNotWritable = (folder: string, cause: unknown): KnownFailure =>
  new KnownFailure(
    'CacheNotWritable',
    'cannot write to the folder of the tool cache: make it writable, or set OPENBAO_DR_CACHE to a folder that is',
    { facts: { folder, code: codeOf(cause) }, cause },
  );

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
