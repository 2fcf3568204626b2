/** A private folder beside the finished tools: on the same file system, so that moving a result in is one rename. */
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const prefix = '.staging-';

/** Longer than any install may take, so the maker of an older folder is gone, on any machine. */
const abandonedAfterMs = 3_600_000;

/**
 * Runs `work` with an empty folder that is removed afterwards in any case. First removes what installs that were killed left
 * behind.
 */
export const withStaging = async <T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> => {
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const folder = await mkdtemp(join(parent, `${prefix}${hostname()}-${process.pid}-`));
  try {
    await chmod(folder, 0o700);
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const removeAbandoned = async (parent: string): Promise<void> => {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(parent, name);
    if (await isAbandoned(folder, name)) await rm(folder, { recursive: true, force: true });
  }
};

const isAbandoned = async (folder: string, name: string): Promise<boolean> => {
  const ours = `${prefix}${hostname()}-`;
  const pid = name.startsWith(ours) ? Number.parseInt(name.slice(ours.length), 10) : Number.NaN;
  if (Number.isInteger(pid) && !isAlive(pid)) return true;
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > abandonedAfterMs;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
