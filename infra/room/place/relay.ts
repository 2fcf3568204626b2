/** The one way out of a room: a socket whose other end is one address, and nothing else. Its bytes pass as they are; TLS is between the ends. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { SealAddress } from '../../../systems/openbao/seal/stanza/seal-addresses.js';

export interface Relay {
  /** How many connections it has led to the address so far. */
  readonly made: () => number;
  close(): Promise<void>;
}

/** @param path where to listen; the folder must be this user's alone. */
export const startRelay = async (path: string, { host, port }: SealAddress): Promise<Relay> => {
  const open = new Set<Socket>();
  let made = 0;
  const server = createServer((inner) => {
    const outer = connect({ host, port }, () => {
      made += 1;
    });
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          open.delete(one);
          other.destroy();
        });
    }
  });
  await listening(server, path);
  return {
    made: () => made,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

const listening = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(path, () => resolve());
  });
