/** Connects to a port: the cheapest sign of life of a server, whatever its protocol. */
import { connect } from 'node:net';

/** Whether a server listens on `port` of an address of this machine, by default 127.0.0.1. Never fails. */
export const acceptsConnections = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    const settle = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
