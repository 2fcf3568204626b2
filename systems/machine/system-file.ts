/** Reads files in which a kernel describes itself. */
import { readFile } from 'node:fs/promises';

/** `undefined` if it is unreadable: another kernel, another version, or a container that hides it. */
export const readSystemFile = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
};
