/** Where inside a room the seal's address leads: to the room's own loopback, under the very name that the stanza has. */
import { isIP } from 'node:net';
import type { SealAddress } from '../../../systems/openbao/seal/stanza/seal-addresses.js';

export interface MappedAddress {
  readonly address: SealAddress;
  /** What the room listens on in its place. */
  readonly listen: string;
  /** Whether the room's loopback has to be given this address first. */
  readonly added: boolean;
}

/** A name is led to a loopback address of its own, as two names may share a port; a number becomes one of the loopback's. */
export const mapAddresses = (addresses: readonly SealAddress[]): readonly MappedAddress[] =>
  addresses.map((address, at) => {
    const { host } = address;
    if (isIP(host) === 0) {
      return { address, listen: host === 'localhost' ? '127.0.0.1' : `127.77.0.${at + 1}`, added: false };
    }
    return { address, listen: host, added: !host.startsWith('127.') && host !== '::1' };
  });

/** The room's `/etc/hosts`. */
export const hostsFileOf = (mapped: readonly MappedAddress[]): string =>
  [
    '127.0.0.1 localhost',
    '::1 localhost',
    ...mapped
      .filter(({ address: { host } }) => isIP(host) === 0 && host !== 'localhost')
      .map(({ address, listen }) => `${listen} ${address.host}`),
    '',
  ].join('\n');
