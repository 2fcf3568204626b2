/** A real PostgreSQL for tests, if this machine has one: on loopback and on a socket, with a log of who connects. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';

const debianRoot = '/usr/lib/postgresql';

/** Where the newest version's programs are; undefined if there are none. */
export const postgresPrograms: string | undefined = (existsSync(debianRoot) ? readdirSync(debianRoot) : [])
  .sort((a, b) => Number(b) - Number(a))
  .map((version) => join(debianRoot, version, 'bin'))
  .find((folder) => existsSync(join(folder, 'initdb')));

export interface TestPostgres extends AsyncDisposable {
  readonly port: number;
  /** Of its socket. */
  readonly folder: string;
  /** One line a row. */
  query(sql: string): Promise<string>;
  /** How often this user has connected so far. */
  connectionsOf(user: string): Promise<number>;
}

/** It refuses to run as root, so as root's tests it runs as nobody. */
const user: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export const startPostgres = async (): Promise<TestPostgres> => {
  // A socket's path has to be short.
  const folder = await mkdtemp('/tmp/postgres-');
  if (user.uid !== undefined) await chown(folder, user.uid, user.uid);
  const [port = 0] = await findFreePorts(1);
  const program = (name: string): string => join(postgresPrograms!, name);
  const options = { cwd: folder, env: { LC_ALL: 'C' }, extendEnv: false, ...user };
  await execa(program('initdb'), ['-D', join(folder, 'data'), '-U', 'root', '-A', 'trust', '-N'], options);
  const log = await open(join(folder, 'log'), 'a', 0o644);
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'log_connections=on',
    'fsync=off',
  ];
  const server = spawn(program('postgres'), ['-D', join(folder, 'data'), ...settings.flatMap((one) => ['-c', one])], {
    cwd: folder,
    env: { LC_ALL: 'C' },
    stdio: ['ignore', log.fd, log.fd],
    ...user,
  });
  await log.close();
  const query = async (sql: string): Promise<string> => {
    const args = ['-h', folder, '-p', String(port), '-U', 'root', '-d', 'postgres', '-Atc', sql];
    return (await execa(program('psql'), args, options)).stdout;
  };
  await waitUntil(() => query('select 1').catch(() => undefined), { what: 'PostgreSQL', timeoutMs: 20_000 });
  return {
    port,
    folder,
    query,
    connectionsOf: async (name) =>
      (await readFile(join(folder, 'log'), 'utf8')).split(`connection authorized: user=${name} `).length - 1,
    [Symbol.asyncDispose]: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
};
