/** The check `room-sealed`: tries from inside what a restored copy must not reach, and what its seal has to. */
import { createServer, type Server } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Room } from '../room.js';
import { attemptsOutside, attemptsThrough, type HostPort, type SealedAttempt } from './attempts.js';

export interface SealedObservation {
  readonly passed: boolean;
  readonly expected: string;
  readonly observed: string;
}

/**
 * What a kernel answers at once where there is no way, or nobody. A firewall's silence is none of them: behind it there is a network.
 * `EREFUSED` and `ESERVFAIL` are words of a server that was reached.
 */
const refusals = ['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'ENOENT', 'EACCES'];

const expected =
  'no network but its own loopback; refused from inside: everything; reached: the seal alone, through its relay';

/**
 * Listens on the host's loopback and in its files for as long as it tries them, so that a refusal says something of the room.
 *
 * @param buckets where snapshots are read from, and anything else whose address is known.
 */
export const observeSealed = async (
  room: Pick<Room, 'place' | 'seal' | 'folder'>,
  buckets: readonly HostPort[] = [],
): Promise<SealedObservation> => {
  // Beside the room's folder, which is shown inside.
  const folder = await mkdtemp(join(dirname(room.folder), 'outside-'));
  const socket = join(folder, 'outside.sock');
  const servers: Server[] = [];
  try {
    const loopback = await listen(servers, { host: '127.0.0.1', port: 0 });
    await listen(servers, { path: socket });
    const { port: loopbackPort } = loopback.address() as { port: number };
    const attempts = [...(await attemptsOutside({ loopbackPort, socket }, buckets)), ...attemptsThrough(room.seal)];
    const interfaces = await room.place.attempt({ interfaces: true });
    const found = await Promise.all(
      attempts.map(async (attempt) => ({ attempt, found: await room.place.attempt(attempt.tried) })),
    );
    const wrong = found.filter((one) => !isAsExpected(one.attempt, one.found));
    return {
      passed: wrong.length === 0 && interfaces === 'lo',
      expected,
      observed: describe(interfaces, found, wrong),
    };
  } finally {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  }
};

interface Found {
  readonly attempt: SealedAttempt;
  readonly found: string;
}

const isAsExpected = ({ expected: wanted }: SealedAttempt, found: string): boolean =>
  wanted === 'reached' ? found === 'reached' : refusals.includes(found);

const describe = (interfaces: string, found: readonly Found[], wrong: readonly Found[]): string => {
  const clauses = [
    ...(interfaces === 'lo' ? [] : [`the networks of the room: ${interfaces || 'none'}`]),
    ...wrong.map(({ attempt, found: code }) =>
      code === 'reached' ? `${attempt.what} was reached` : `${attempt.what} was neither reached nor refused (${code})`,
    ),
  ];
  if (clauses.length > 0) return clauses.join('; ');
  const named = (wanted: SealedAttempt['expected']): string =>
    found.flatMap(({ attempt }) => (attempt.expected === wanted ? [attempt.what] : [])).join(', ');
  const reached = named('reached');
  return `refused: ${named('refused')}; reached: ${reached === '' ? 'nothing, for the seal asks no one' : reached}`;
};

const listen = (
  servers: Server[],
  where: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    servers.push(server);
    server.once('error', reject).listen(where, () => resolve(server));
  });
