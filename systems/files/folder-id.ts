/** Gives a folder an id that is made once and is then the same for every process that uses the folder. */
import { randomUUID } from 'node:crypto';
import { link, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KnownFailure } from '../../domain/known-failure.js';
import { readPrivateFile, writePrivateFile } from './private-file.js';
import { asStorageFailure, errorCode } from './storage-failure.js';

const fileName = 'id';
/** How file systems that have no hard links say so. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Returns the id of `folder`, and makes it if it is missing. If two processes make one at the same time, even on two machines
 * that share the folder, one wins.
 *
 * @returns twelve lower-case hexadecimal digits.
 * @throws KnownFailure `CorruptedState`, `DiskFull` or `NotWritable`.
 */
export const ensureFolderId = async (folder: string): Promise<string> => {
  const path = join(folder, fileName);
  return (await read(path)) ?? (await make(path)) ?? (await read(path)) ?? damaged(path);
};

const read = async (path: string): Promise<string | undefined> => {
  const text = (await readPrivateFile(path))?.trim();
  return text === undefined || /^[0-9a-f]{12}$/.test(text) ? text : damaged(path);
};

/**
 * Writes the id in full first and then gives it its name, which fails if the name is taken: no process sees half an id, and
 * none replaces one.
 */
const make = async (path: string): Promise<string | undefined> => {
  const id = randomUUID().replaceAll('-', '').slice(0, 12);
  const passing = `${path}.${randomUUID()}.tmp`;
  try {
    await writePrivateFile(passing, `${id}\n`);
    await link(passing, path).catch((error: unknown) => {
      if (!withoutLinks.has(errorCode(error) ?? '')) throw error;
      return rename(passing, path);
    });
    return id;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error instanceof KnownFailure ? error : asStorageFailure(error, path);
  } finally {
    await rm(passing, { force: true });
  }
};

const damaged = (path: string): never => {
  throw new KnownFailure(
    'CorruptedState',
    `${path} does not hold the folder's id: restore it from a copy, or remove it while no drill runs.`,
  );
};
