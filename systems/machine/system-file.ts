/** Files in which a kernel tells about itself. */
import { readFile } from 'node:fs/promises';

/** `undefined` where it cannot be read, for whatever reason: another kernel, another version, a container that hides it. */
export const readSystemFile = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
};
