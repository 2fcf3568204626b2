/** Finds the version of control groups that this machine's kernel offers to containers. */
import { stat } from 'node:fs/promises';

/**
 * With version 2 there is one hierarchy, and its root lists the controllers. `undefined` where there are none at all.
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export const readControlGroupVersion = async (root = '/sys/fs/cgroup'): Promise<1 | 2 | undefined> => {
  if (await exists(`${root}/cgroup.controllers`)) return 2;
  return (await exists(`${root}/memory`)) || (await exists(`${root}/cpu`)) ? 1 : undefined;
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
};
