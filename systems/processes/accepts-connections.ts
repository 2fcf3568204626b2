/** Knocks on a port: the cheapest sign of life of a server, whatever it speaks. */
import { connect } from 'node:net';

/** Whether anything listens on `port` of an address of this machine, 127.0.0.1 unless told. Never fails. */
export const acceptsConnections = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    const settle = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
