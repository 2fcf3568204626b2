/** Process numbers mean something only where they were given: on one machine since its last start, in one pid namespace. */
import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/**
 * Twelve hexadecimal digits that two processes share if, and only if, each can look the other up by its number: not in two
 * containers or pods, nor on two machines that share a folder.
 */
export const processPlace = async (): Promise<string> => {
  const parts = process.platform === 'linux' ? await linuxPlace() : [hostname()];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
};

/** See pid_namespaces(7). The first namespace has the same number on every machine, hence the boot's id before it. */
const linuxPlace = (): Promise<string[]> =>
  Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readlink('/proc/self/ns/pid')]);
