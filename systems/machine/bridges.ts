/** Addresses that this machine has on its bridges: networks of its own, of containers or virtual machines. */
import { networkInterfaces } from 'node:os';
import { stat } from 'node:fs/promises';

/**
 * IPv4 alone. None where the kernel does not say which interfaces are bridges.
 *
 * @see https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-net
 */
export const bridgeAddresses = async (
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
  root = '/sys/class/net',
): Promise<readonly string[]> => {
  const found = await Promise.all(
    Object.entries(interfaces).map(async ([name, addresses = []]) =>
      (await isBridge(`${root}/${name}`)) ? addresses.filter(({ family }) => family === 'IPv4') : [],
    ),
  );
  return found.flat().map(({ address }) => address);
};

const isBridge = (folder: string): Promise<boolean> =>
  stat(`${folder}/bridge`).then(
    () => true,
    () => false,
  );
