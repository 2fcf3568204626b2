/**
 * The first process of a room: it starts OpenBao, listens in place of the seal's address, and tries what is asked of it. It ends when
 * its standard input does, and everything in the room ends with it. It is handed to `node -e` as text, so it may use nothing from
 * outside itself.
 */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** What it is told on the first line of its standard input, as JSON. Secrets are in `env` alone. */
export interface Inside {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
  /** Sockets that take everything and hand nothing on: an audit device that finds none would seal the copy. */
  readonly sinks: readonly string[];
  /** What connects to the address is led to the socket, at whose other end the room's owner leads it on. */
  readonly relays: readonly { readonly host: string; readonly port: number; readonly socket: string }[];
}

/** Something to do or to try from inside. Every further line of its standard input is one. */
export type Attempt =
  | { readonly id: number; readonly connect: { readonly host: string; readonly port: number } }
  | { readonly id: number; readonly connect: { readonly path: string } }
  /** A whole TLS handshake, whoever answers: what is relayed only counts once its other end has spoken. */
  | { readonly id: number; readonly handshake: { readonly host: string; readonly port: number } }
  /** A request in plain HTTP, whatever is answered: it shows the same where there is no TLS. */
  | { readonly id: number; readonly answer: { readonly host: string; readonly port: number } }
  | { readonly id: number; readonly resolve: { readonly name: string; readonly server: string } }
  | { readonly id: number; readonly interfaces: true }
  /** Ends OpenBao in good order, and starts it again on its data. */
  | { readonly id: number; readonly restart: true };

/** What it prints, a line of JSON each. `ended`: OpenBao did. */
export type Told =
  | { readonly told: 'started'; readonly pid: number }
  | { readonly told: 'not-started'; readonly code: string }
  | { readonly told: 'ended'; readonly code: number | null; readonly signal: string | null }
  | { readonly told: 'tried'; readonly id: number; readonly found: string };

/** @returns when its input is over: the process exits. */
export function inside(): void {
  const fs = process.getBuiltinModule('node:fs');
  const net = process.getBuiltinModule('node:net');
  const tls = process.getBuiltinModule('node:tls');
  const os = process.getBuiltinModule('node:os');
  const dns = process.getBuiltinModule('node:dns');
  const { spawn } = process.getBuiltinModule('node:child_process');
  const patienceMs = 3_000;

  let child: ChildProcess | undefined;
  const leave = (): never => {
    try {
      // Where the room has no process numbers of its own, nothing else ends what OpenBao has started: it is in this one's group.
      process.kill(0, 'SIGKILL');
    } catch {
      // Then the end of this process has to do.
    }
    return process.exit(0);
  };
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, leave);
  process.on('uncaughtException', leave);
  process.stdout.on('error', leave);
  process.stdin.on('end', leave).on('error', leave);

  const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);
  const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';

  const lead = (socket: Socket, path: string): void => {
    const onwards = net.connect(path);
    for (const [one, other] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  };

  const listen = ({ host, port, socket: path }: Inside['relays'][number]): Promise<void> =>
    new Promise((resolve, reject) => {
      const server = net.createServer((socket) => lead(socket, path));
      server.once('error', reject).listen({ host, port }, () => resolve());
    });

  /** What has the kernel end OpenBao with this process, which may be killed before it can do so itself. */
  const dying = (): readonly string[] => {
    if (process.platform !== 'linux') return [];
    const programs = (process.env['PATH'] ?? '').split(':').map((folder) => `${folder}/setpriv`);
    const found = programs.find((path) => fs.existsSync(path));
    if (found === undefined) throw Object.assign(new Error('setpriv is missing'), { code: 'NO_SETPRIV' });
    return [found, '--pdeathsig', 'KILL', '--'];
  };

  let given: Inside | undefined;
  const start = ({ file, args, env, cwd, logFile }: Inside): void => {
    fs.accessSync(file, fs.constants.X_OK);
    const log = fs.openSync(logFile, 'a', 0o600);
    const [program = file, ...rest] = [...dying(), file, ...args];
    const started = spawn(program, rest, { cwd, env: { ...env }, stdio: ['ignore', log, log] });
    child = started;
    fs.closeSync(log);
    const { pid } = started;
    started.once('error', (error) => tell({ told: 'not-started', code: codeOf(error) }));
    started.once('exit', (code, signal) => {
      if (child === started) tell({ told: 'ended', code, signal });
    });
    if (pid !== undefined) tell({ told: 'started', pid });
  };

  const connected = (socket: Socket, event: 'connect' | 'secureConnect' | 'data', id: number): void => {
    const say = (found: string): void => {
      socket.destroy();
      socket.removeAllListeners().on('error', () => undefined);
      clearTimeout(timer);
      tell({ told: 'tried', id, found });
    };
    const timer = setTimeout(() => say('silent'), patienceMs);
    socket.once(event, () => say('reached'));
    socket.once('error', (error) => say(codeOf(error)));
    socket.once('close', () => say('closed'));
  };

  const restart = (id: number): void => {
    const former = child;
    const again = (): void => {
      start(given!);
      tell({ told: 'tried', id, found: 'reached' });
    };
    child = undefined;
    if (former === undefined || former.exitCode !== null || former.signalCode !== null) return again();
    former.once('exit', again);
    former.kill('SIGTERM');
  };

  const attempt = (asked: Attempt): void => {
    const { id } = asked;
    if ('restart' in asked) return restart(id);
    if ('connect' in asked) connected(net.connect(asked.connect), 'connect', id);
    else if ('handshake' in asked) {
      // Nothing is sent over it, so it does not matter who it is: that, OpenBao verifies by the seal's own certificate.
      connected(tls.connect({ ...asked.handshake, rejectUnauthorized: false }), 'secureConnect', id);
    } else if ('answer' in asked) {
      const socket = net.connect(asked.answer);
      socket.once(
        'connect',
        () => void socket.write('HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
      );
      connected(socket, 'data', id);
    } else if ('resolve' in asked) {
      const resolver = new dns.Resolver({ timeout: patienceMs, tries: 1 });
      resolver.setServers([asked.resolve.server]);
      resolver.resolve4(asked.resolve.name, (error) =>
        tell({ told: 'tried', id, found: error === null ? 'reached' : codeOf(error) }),
      );
    } else {
      const names = Object.keys(os.networkInterfaces()).sort();
      tell({ told: 'tried', id, found: names.join(' ') });
    }
  };

  const begin = async (told: Inside): Promise<void> => {
    given = told;
    try {
      for (const relay of told.relays) await listen(relay);
      for (const path of told.sinks) net.createServer((socket) => void socket.resume()).listen(path);
      start(given);
    } catch (error) {
      tell({ told: 'not-started', code: codeOf(error) });
    }
  };

  let heard = '';
  let begun = false;
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (text: string) => {
    heard += text;
    const lines = heard.split('\n');
    heard = lines.pop() ?? '';
    for (const line of lines) {
      if (begun) attempt(JSON.parse(line) as Attempt);
      else {
        begun = true;
        void begin(JSON.parse(line) as Inside);
      }
    }
  });
}
