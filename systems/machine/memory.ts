/** How much memory this machine could still give to programs. */
import { readSystemFile } from './system-file.js';

/**
 * The memory that the kernel estimates to be available without swapping, in bytes; free memory alone leaves out reclaimable
 * caches. `undefined` where there is no such account, as on macOS.
 *
 * @see https://www.kernel.org/doc/html/latest/filesystems/proc.html#meminfo
 */
export const readAvailableMemory = async (proc = '/proc'): Promise<number | undefined> => {
  const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec((await readSystemFile(`${proc}/meminfo`)) ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
};
