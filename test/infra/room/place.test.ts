import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mapAddresses, hostsFileOf } from '../../../infra/room/place/mapped-addresses.js';
import { killPlace } from '../../../infra/room/place/kill-place.js';
import { startPlace } from '../../../infra/room/place/start-place.js';
import { attemptsThrough } from '../../../infra/room/sealed/attempts.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { identifyProcess } from '../../../systems/processes/process-identity.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';

const program = async (
  enclosing: readonly string[],
  file = '/bin/sh',
  args: readonly string[] = ['-c', 'exec sleep 60'],
) => {
  const folder = await mkdtemp(join(tmpdir(), 'place-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const inside = { file, args, env: {}, cwd: folder, logFile: join(folder, 'log'), relays: [], sinks: [] };
  return { enclosing, environment: { PATH: '/usr/bin:/bin' }, inside };
};

describe('a place', () => {
  it('is not started when its walls cannot be built, and says why', async () => {
    const walls = ['sh', '-c', 'echo "unshare: Operation not permitted" >&2; exit 1', 'sh'];
    await expect(startPlace(await program(walls))).rejects.toMatchObject({
      type: 'RoomNotEnclosed',
      message: expect.stringContaining('The message is: unshare: Operation not permitted.') as string,
    });
  });

  it('is not started when the program that builds its walls is missing', async () => {
    await expect(startPlace(await program(['/nowhere/unshare']))).rejects.toMatchObject({
      type: 'RoomNotEnclosed',
      message: expect.stringContaining('ENOENT') as string,
    });
  });

  it('is not started when the program that is to run in it is missing', async () => {
    await expect(startPlace(await program([], '/nowhere/bao'))).rejects.toMatchObject({ type: 'ProcessNotStarted' });
  });

  it('starts its program again when it is asked to, and tells its end only when it ends by itself', async () => {
    const given = await program([], '/bin/sh', ['-c', 'echo started; exec sleep 60']);
    const place = await startPlace(given);
    onTestFinished(() => place.end());
    await place.restart();
    expect(place.ended()).toBeUndefined();
    expect(await readFile(given.inside.logFile, 'utf8')).toMatch(/^(started\n){1,2}$/);
    await place.end();
    expect(await place.attempt({ interfaces: true })).toBe('gone');
  });
});

describe('an attempt at a seal without TLS', () => {
  const attemptThrough = async (answers: (socket: Socket) => void): Promise<string> => {
    const given = await program([]);
    const socket = join(given.inside.cwd, 'seal.sock');
    const server = createServer(answers).listen(socket);
    onTestFinished(() => void server.close());
    const [port = 0] = await findFreePorts(1);
    const relays = [{ host: '127.0.0.1', port, socket }];
    const place = await startPlace({ ...given, inside: { ...given.inside, relays } });
    onTestFinished(() => place.end());
    const attributes = { address: `http://127.0.0.1:${port}` };
    const [attempt] = attemptsThrough({ type: 'transit', attributes });
    return place.attempt(attempt!.tried);
  };

  it('counts as reached once the other end of the relay has answered', async () => {
    expect(await attemptThrough((socket) => socket.once('data', () => socket.end('HTTP/1.1 400\r\n\r\n')))).toBe(
      'reached',
    );
  });

  it('does not when the relay takes it and leads nowhere', async () => {
    expect(await attemptThrough((socket) => socket.destroy())).not.toBe('reached');
  });
});

describe('a place that is killed', () => {
  const kill = async (given: Parameters<typeof startPlace>[0]) => {
    const place = await startPlace(given);
    process.kill(place.pid, 'SIGKILL');
    await waitUntil(async () => place.ended(), { what: 'its end to be known', timeoutMs: 5_000 });
    return place;
  };

  it('counts as ended, and is not started again', async () => {
    const place = await kill(await program([]));
    expect(place.ended()).toMatchObject({ code: null, signal: 'SIGKILL' });
    await expect(place.restart()).rejects.toMatchObject({ type: 'RoomGone' });
  });

  it('may leave half a line, and this process goes on', async () => {
    const place = await kill(await program(['sh', '-c', `printf '{"told":\\n'; exec "$@"`, 'sh']));
    expect(place.ended()).toMatchObject({ signal: 'SIGKILL' });
  });

  it('takes its program with it, though nothing tells that one', async () => {
    const given = await program([], '/bin/sh', ['-c', 'echo $$; exec sleep 60']);
    const place = await startPlace(given);
    const pid = await waitUntil(async () => Number(await readFile(given.inside.logFile, 'utf8')) || undefined, {
      what: 'the program to run',
      timeoutMs: 5_000,
    });
    process.kill(place.pid, 'SIGKILL');
    await waitUntil(async () => ((await identifyProcess(pid)) === undefined ? true : undefined), {
      what: 'the program to end',
      timeoutMs: 5_000,
    });
  });

  it('takes along what its program has started, when its room is swept', async () => {
    const given = await program([], '/bin/sh', ['-c', 'sleep 60 & echo $!; wait']);
    const place = await startPlace(given);
    const pid = await waitUntil(async () => Number(await readFile(given.inside.logFile, 'utf8')) || undefined, {
      what: 'the program to run',
      timeoutMs: 5_000,
    });
    await killPlace((await identifyProcess(place.pid))!);
    await waitUntil(async () => ((await identifyProcess(pid)) === undefined ? true : undefined), {
      what: 'the end of what the program has started',
      timeoutMs: 5_000,
    });
  });

  it('is not started where the program is missing that ends it with its worker', async () => {
    const given = await program([]);
    await expect(startPlace({ ...given, environment: { PATH: '/nowhere' } })).rejects.toMatchObject({
      type: 'RoomNotPossible',
      message: expect.stringContaining('install util-linux.') as string,
    });
  });
});

describe("the seal's address", () => {
  const tls = true;

  it('leads to the loopback of the room under its own name, each with one of its own', () => {
    const mapped = mapAddresses([
      { host: 'v.vault.azure.net', port: 443, tls },
      { host: 'login.microsoftonline.com', port: 443, tls },
    ]);
    expect(mapped.map(({ listen, added }) => ({ listen, added }))).toEqual([
      { listen: '127.77.0.1', added: false },
      { listen: '127.77.0.2', added: false },
    ]);
    expect(hostsFileOf(mapped).split('\n')).toEqual([
      '127.0.0.1 localhost',
      '::1 localhost',
      '127.77.0.1 v.vault.azure.net',
      '127.77.0.2 login.microsoftonline.com',
      '',
    ]);
  });

  it('becomes an address of the loopback if it is a number', () => {
    const mapped = mapAddresses(
      ['10.1.2.3', 'fd00::7', '127.0.0.1', '::1', 'localhost'].map((host) => ({ host, port: 1, tls })),
    );
    expect(mapped.map(({ listen, added }) => `${listen} ${added}`)).toEqual([
      '10.1.2.3 true',
      'fd00::7 true',
      '127.0.0.1 false',
      '::1 false',
      '127.0.0.1 false',
    ]);
    expect(hostsFileOf(mapped)).toBe('127.0.0.1 localhost\n::1 localhost\n');
  });
});
