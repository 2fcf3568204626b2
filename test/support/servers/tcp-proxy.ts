/** A way to a server on loopback that tests can turn elsewhere, shut, slow down and cut: TLS passes through it untouched. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

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
  /** Lets no more than this through each connection and direction from now on; all of it if undefined. */
  pace(pace?: Pace): void;
}

export interface Pace {
  readonly bytesPerSecond?: number;
  /** Behind so many bytes a connection stays open, and nothing comes through it any more. */
  readonly stallsAfterBytes?: number;
}

export const startTcpProxy = async (address: string): Promise<TcpProxy> => {
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    // A reset is what the test is after.
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    return socket;
  };
  let pace: Pace = {};
  const paced = (): Transform => {
    let passedBytes = 0;
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const { bytesPerSecond, stallsAfterBytes = Infinity } = pace;
        passedBytes += chunk.length;
        if (passedBytes > stallsAfterBytes) return;
        const onward = () => done(null, chunk);
        if (bytesPerSecond === undefined) onward();
        else setTimeout(onward, (chunk.length * 1000) / bytesPerSecond);
      },
    });
  };
  const leadTo = (to: string) => (socket: Socket) => {
    const onward = keep(connect({ host: '127.0.0.1', port: Number(new URL(to).port) }));
    socket.on('close', () => onward.destroy());
    // One that ended in good order may have left bytes that are still on their slow way.
    onward.on('close', (broke) => (broke ? socket.destroy() : undefined));
    socket.pipe(paced()).pipe(onward).pipe(paced()).pipe(socket);
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
    pace: (to = {}) => (pace = to),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
};
