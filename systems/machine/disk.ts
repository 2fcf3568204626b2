/** How full a file system is. */
import { statfs } from 'node:fs/promises';

export interface DiskSpace {
  /** The bytes that this user can still write. */
  readonly freeBytes: number;
  /** Free, as a share of what this user could have in all: 0 to 1. */
  readonly freeShare: number;
}

/** `undefined` when the folder is not on this machine, or not to be seen by this user. */
export const readDiskSpace = async (folder: string): Promise<DiskSpace | undefined> => {
  try {
    const { bavail, bfree, blocks, bsize } = await statfs(folder);
    const used = blocks - bfree;
    return { freeBytes: bavail * bsize, freeShare: used + bavail === 0 ? 0 : bavail / (used + bavail) };
  } catch {
    return undefined;
  }
};
