import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this program's package, whether it runs as source or from dist/. */
export const packageRoot = (): Promise<string> => rootAbove(dirname(fileURLToPath(import.meta.url)));

const rootAbove = async (folder: string): Promise<string> => {
  const isRoot = await access(join(folder, 'package.json')).then(
    () => true,
    () => false,
  );
  if (isRoot) return folder;
  if (dirname(folder) === folder) throw new Error('the program is not in its package');
  return rootAbove(dirname(folder));
};
