/** What is tried from inside a room, and what has to come of each. */
import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { addressesOf } from '../../../systems/openbao/seal/stanza/seal-addresses.js';
import type { SealStanza } from '../../../systems/openbao/seal/stanza/seal-stanza.js';
import type { Tried } from '../place/start-place.js';

export interface SealedAttempt {
  /** Completes "… was refused": "the host's loopback". */
  readonly what: string;
  readonly tried: Tried;
  readonly expected: 'refused' | 'reached';
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Well-known servers that answer on this port wherever there is a way to them. */
const publicAddresses: readonly HostPort[] = [
  { host: '1.1.1.1', port: 443 },
  { host: '2606:4700:4700::1111', port: 443 },
];

/** Of what is outside, by what it is. A name is looked up out here: that it is unknown inside would prove nothing of its address. */
export const attemptsOutside = async (
  host: { readonly loopbackPort: number; readonly socket: string },
  buckets: readonly HostPort[],
): Promise<readonly SealedAttempt[]> => {
  const refused = (what: string, tried: Tried): SealedAttempt => ({ what, tried, expected: 'refused' });
  const addressed = await Promise.all(buckets.map(numbered));
  const [server = '1.1.1.1'] = getServers();
  return [
    refused("the host's loopback", { connect: { host: '127.0.0.1', port: host.loopbackPort } }),
    refused("a socket in the host's files", { connect: { path: host.socket } }),
    ...addressed.map(({ host: number, port }, at) =>
      refused(`the bucket's ${buckets[at]!.host}:${port}`, { connect: { host: number, port } }),
    ),
    ...publicAddresses.map((address) => refused(`the public ${address.host}`, { connect: address })),
    refused('DNS', { resolve: { name: 'openbao.org', server } }),
  ];
};

/** The control: what is let through answers, so a room in which nothing works at all does not pass for a sealed one. */
export const attemptsThrough = (seal: SealStanza): readonly SealedAttempt[] =>
  addressesOf(seal).map(({ host, port, tls }) => ({
    what: `the seal's ${host}:${port}`,
    // That the room's own end of the relay takes a connection would say nothing of the other end.
    tried: tls ? { handshake: { host, port } } : { answer: { host, port } },
    expected: 'reached',
  }));

const numbered = async ({ host, port }: HostPort): Promise<HostPort> => {
  if (isIP(host) !== 0) return { host, port };
  const found = await lookup(host).catch(() => undefined);
  return { host: found?.address ?? host, port };
};
