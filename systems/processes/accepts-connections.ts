/** Knocks on a port: the cheapest sign of life of a server, whatever it speaks. */
import { connect } from 'node:net';

/** Whether anything listens on 127.0.0.1:`port`. Never fails. */
export const acceptsConnections = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
