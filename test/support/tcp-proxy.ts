/** A way to a server on loopback that tests can turn elsewhere, shut and cut: TLS passes through it untouched. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy extends AsyncDisposable {
  /** `https://127.0.0.1:port`, always the same. */
  readonly address: string;
  /** Where new connections lead from now on: `https://127.0.0.1:port`. */
  pointAt(address: string): void;
  /** Resets new connections. */
  refuse(): void;
  /** Takes new connections, and never answers. */
  hang(): void;
  /** Resets the connections that are open. */
  cut(): void;
}

export const startTcpProxy = async (address: string): Promise<TcpProxy> => {
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    // A reset is what the test is after.
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    return socket;
  };
  const leadTo = (to: string) => (socket: Socket) => {
    const onward = keep(connect({ host: '127.0.0.1', port: Number(new URL(to).port) }));
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  };
  let onConnection = leadTo(address);

  const server = createServer((socket) => onConnection(keep(socket))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => open.forEach((socket) => socket.resetAndDestroy());
  return {
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pointAt: (to) => (onConnection = leadTo(to)),
    refuse: () => (onConnection = (socket) => socket.resetAndDestroy()),
    hang: () => (onConnection = () => undefined),
    cut,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
};
