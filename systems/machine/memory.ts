/** How much memory this machine could still give to programs. */
import { readSystemFile } from './system-file.js';

/**
 * What the kernel reckons can be had without swapping, in bytes; free memory alone leaves out what caches would give back.
 * `undefined` where there is no such account, as on macOS.
 *
 * @see https://www.kernel.org/doc/html/latest/filesystems/proc.html#meminfo
 */
export const readAvailableMemory = async (proc = '/proc'): Promise<number | undefined> => {
  const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec((await readSystemFile(`${proc}/meminfo`)) ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
};
