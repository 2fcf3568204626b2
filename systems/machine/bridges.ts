/** Addresses that this machine has on bridges of its own: networks of containers or virtual machines, which no cable leaves. */
import { networkInterfaces } from 'node:os';
import { readdir, stat } from 'node:fs/promises';

/**
 * IPv4 alone. A bridge with a physical member is a way to other machines and does not count. None where the kernel does not say which interfaces are bridges.
 *
 * @see https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-net
 */
export const bridgeAddresses = async (
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
  root = '/sys/class/net',
): Promise<readonly string[]> => {
  const found = await Promise.all(
    Object.entries(interfaces).map(async ([name, addresses = []]) =>
      (await isOwnBridge(root, name)) ? addresses.filter(({ family }) => family === 'IPv4') : [],
    ),
  );
  return found.flat().map(({ address }) => address);
};

const isOwnBridge = async (root: string, name: string): Promise<boolean> => {
  if (!(await exists(`${root}/${name}/bridge`))) return false;
  const members = await readdir(`${root}/${name}/brif`).catch(() => []);
  const physical = await Promise.all(members.map((member) => exists(`${root}/${member}/device`)));
  return !physical.includes(true);
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
