/** Finds at once that nothing listens on this machine: a gRPC client that is refused keeps trying until its deadline. */
import { connect } from 'node:net';
import { errorCode } from '../../systems/files/storage-failure.js';

const timeoutMs = 1_000;

/**
 * Whether `host:port` is an address of this machine at which connections are refused. For other addresses only Temporal knows.
 */
export const isRefused = async (address: string): Promise<boolean> => {
  const [, host, port] = /^(localhost|127\.[\d.]+):(\d+)$/.exec(address) ?? [];
  if (host === undefined) return false;
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: timeoutMs });
    const settle = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => settle(false));
    socket.once('timeout', () => settle(false));
    socket.once('error', (error) => settle(errorCode(error) === 'ECONNREFUSED'));
  });
};
