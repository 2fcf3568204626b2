/** Reads facts about a program from the file system, without starting it. */
import { access, constants, stat } from 'node:fs/promises';

export type FileState =
  { readonly kind: 'absent' | 'not-executable' } | { readonly kind: 'executable'; sizeBytes: number };

/** Never throws: a path that cannot be looked at counts as absent. */
export const examineFile = async (path: string): Promise<FileState> => {
  const found = await stat(path).catch(() => undefined);
  if (!found) return { kind: 'absent' };
  const executable =
    found.isFile() &&
    (await access(path, constants.X_OK).then(
      () => true,
      () => false,
    ));
  return executable ? { kind: 'executable', sizeBytes: found.size } : { kind: 'not-executable' };
};
