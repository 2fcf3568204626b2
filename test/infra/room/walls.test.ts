import { execFile } from 'node:child_process';
import { mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Enclosure,
  enclosingProgram,
  enclosingScript,
  isShownAnyway,
} from '../../../infra/room/place/enclosure.js';
import { type Place, startPlace } from '../../../infra/room/place/start-place.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { roomsFolder } from './clusters.js';

const run = promisify(execFile);

/** Walls as a room has them, around a shell command instead of OpenBao. */
const enclose = async (command: string, enclosure: Partial<Enclosure> = {}) => {
  const folder = join(await realpath(await roomsFolder()), 'room');
  for (const part of ['root', 'etc']) await mkdir(join(folder, part), { recursive: true });
  for (const file of ['hosts', 'nsswitch.conf', 'resolv.conf', 'passwd'])
    await writeFile(join(folder, 'etc', file), '');
  const own = isShownAnyway(process.execPath) ? {} : { [process.execPath]: process.execPath };
  const shown = { ...own, ...enclosure.shown };
  const script = enclosingScript({ root: join(folder, 'root'), folder, mapped: [], ...enclosure, shown });
  const starting = startPlace({
    enclosing: [enclosingProgram.file, ...enclosingProgram.args, 'sh', '-c', script, 'sh'],
    environment: { PATH: enclosingProgram.path },
    inside: {
      file: '/bin/sh',
      args: ['-c', command],
      env: { PATH: enclosingProgram.path },
      cwd: '/room',
      logFile: '/room/log',
      relays: (enclosure.mapped ?? []).map(({ listen, address: { port } }) => ({ host: listen, port, socket: '/x' })),
      sinks: [],
    },
  });
  return { folder, starting };
};

const started = async (command: string, enclosure?: Partial<Enclosure>): Promise<{ folder: string; place: Place }> => {
  const { folder, starting } = await enclose(command, enclosure);
  const place = await starting;
  onTestFinished(() => place.end());
  return { folder, place };
};

const printed = async (command: string, enclosure?: Partial<Enclosure>): Promise<string> => {
  const { folder, place } = await started(command, enclosure);
  await waitUntil(async () => place.ended(), { what: 'the command to end', timeoutMs: 10_000 });
  return readFile(join(folder, 'log'), 'utf8');
};

/** The way out of a root that is only changed: another one below, which leaves the working folder outside of it. */
const escape = `
  mkdir "/tmp/below"; chdir "/tmp/below"; mkdir "deeper";
  print "chroot: ", (chroot("deeper") ? "done" : "refused"), "\\n";
  chdir ".." for 1 .. 64;
  print "host: ", (-e "./proc/1/status" || -e "./home" ? "reached" : "not there"), "\\n";
`;

describe('the walls of a room', () => {
  it('are not left by a program that changes its root and climbs', async () => {
    expect(await printed(`perl -e '${escape}' 2>&1`)).toBe('chroot: refused\nhost: not there\n');
  });

  it('are not left by one that makes itself a user namespace with every right', async () => {
    const gain = `syscall(${process.arch === 'arm64' ? 97 : 272}, 0x10000000) == 0 or print "no namespace\\n"; `;
    expect(await printed(`perl -e '${gain}${escape}' 2>&1`)).toMatch(
      /^(chroot: done|no namespace\nchroot: refused)\nhost: not there\n$/,
    );
  });

  it('leave no right to what is inside, and none to be gained', async () => {
    const dump = await printed('setpriv --dump');
    expect(dump).toContain('no_new_privs: 1');
    expect(dump).toContain('Inheritable capabilities: [none]');
    expect(dump).toContain('Capability bounding set: [none]');
  });

  it('leave the right to listen where the seal listens, below port 1024, and no other', async () => {
    const address = { host: 'kms.example.com', port: 443, tls: true };
    const mapped = [{ address, listen: '127.77.0.1', added: false }];
    expect(await printed('setpriv --dump', { mapped })).toContain('Capability bounding set: net_bind_service\n');
  });

  it('have nothing of the host behind them', async () => {
    const { place } = await started('sleep 60');
    const [pid] = (await readFile(`/proc/${place.pid}/task/${place.pid}/children`, 'utf8')).trim().split(' ');
    // Whoever enters the mount namespace begins at its very root, which a change of root leaves as it is.
    const enter = ['--user', '--preserve-credentials', '--mount', '-t', pid!, 'ls', '/'];
    const { stdout } = await run('nsenter', enter);
    expect(stdout.split('\n')).toContain('room');
    expect(stdout.split('\n')).not.toContain('proc');
    expect(stdout.split('\n')).not.toContain('host');
  });

  it('are not built over a link that leads out of the room, and its end is as it was', async () => {
    const victim = join(await roomsFolder(), 'victim');
    await writeFile(victim, 'kept');
    const link = `/usr/share/room-test-${process.pid}`;
    await symlink(victim, link);
    onTestFinished(() => rm(link, { force: true }));
    const { starting } = await enclose('true', { shown: { [link]: victim } });
    await expect(starting).rejects.toMatchObject({
      type: 'RoomNotEnclosed',
      message: expect.stringContaining('leads out of the room') as string,
    });
    expect(await readFile(victim, 'utf8')).toBe('kept');
  });

  it('are not built over a path that climbs out of the room, and its end is as it was', async () => {
    const victim = join(await realpath(await roomsFolder()), 'victim');
    await writeFile(victim, 'kept');
    const climbing = `${'/..'.repeat(16)}${victim}`;
    const { starting } = await enclose('true', { shown: { [climbing]: victim } });
    await expect(starting).rejects.toMatchObject({ type: 'RoomNotEnclosed' });
    expect(await readFile(victim, 'utf8')).toBe('kept');
  });
});
