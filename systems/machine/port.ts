/** Whether a server, perhaps one with more rights than this program, could listen on a port of this machine. */
import { connect, createServer } from 'node:net';
import { errorCode } from '../files/storage-failure.js';

export type PortState = 'free' | 'taken' | 'unknown';

const connectTimeoutMs = 2_000;

/**
 * Tries to listen. A port that this user may not listen on (below 1024) is connected to instead, which shows whether a server
 * answers on loopback, but not whether one listens on another address only.
 *
 * @param host address to listen on; `0.0.0.0` for all.
 */
export const examinePort = async (host: string, port: number): Promise<PortState> => {
  if (host !== everywhere) return examine(host, port);
  const state = await examine(everywhere, port);
  // Some kernels let one program have all addresses while another has one of them.
  return state === 'free' ? examine('127.0.0.1', port) : state;
};

const everywhere = '0.0.0.0';

const examine = async (host: string, port: number): Promise<PortState> => {
  const refused = await tryToListen(host, port);
  if (refused === undefined) return 'free';
  if (refused === 'EADDRINUSE') return 'taken';
  if (refused === 'EACCES') return knock(host === everywhere ? '127.0.0.1' : host, port);
  return 'unknown';
};

/** The code of the error, or `undefined` when it worked. */
const tryToListen = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errorCode(error) ?? 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });

const knock = (host: string, port: number): Promise<PortState> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs });
    const answer = (state: PortState): void => {
      socket.destroy();
      resolve(state);
    };
    socket.once('connect', () => answer('taken'));
    socket.once('timeout', () => answer('unknown'));
    socket.once('error', (error) => answer(errorCode(error) === 'ECONNREFUSED' ? 'free' : 'unknown'));
  });
