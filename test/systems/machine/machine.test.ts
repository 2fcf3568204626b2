import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readControlGroupVersion } from '../../../systems/machine/control-groups.js';
import { readDiskSpace } from '../../../systems/machine/disk.js';
import { readInotifyLimit } from '../../../systems/machine/inotify.js';
import { readAvailableMemory } from '../../../systems/machine/memory.js';
import { examinePort } from '../../../systems/machine/port.js';

/** A kernel's files, as far as they are written down here. */
const files = async (contents: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-machine-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
};

describe('memory', () => {
  it('is what can be had without swapping, not what lies idle', async () => {
    const proc = await files({ meminfo: 'MemTotal: 8000 kB\nMemFree:         100 kB\nMemAvailable:   5000 kB\n' });
    expect(await readAvailableMemory(proc)).toBe(5000 * 1024);
  });

  it('is not known where the kernel keeps no such account', async () => {
    expect(await readAvailableMemory(await files({}))).toBeUndefined();
    expect(await readAvailableMemory(await files({ meminfo: 'MemTotal: 8000 kB\n' }))).toBeUndefined();
  });
});

describe('limits on watching files', () => {
  it('are read as sysctl would', async () => {
    const proc = await files({ 'sys/fs/inotify/max_user_instances': '128\n' });
    expect(await readInotifyLimit('fs.inotify.max_user_instances', proc)).toBe(128);
    expect(await readInotifyLimit('fs.inotify.max_user_watches', proc)).toBeUndefined();
  });
});

describe('the version of control groups', () => {
  it.each([
    ['2 where the root lists controllers', { 'cgroup.controllers': 'cpu memory\n', 'cpu/x': '' }, 2],
    ['1 where each controller has a hierarchy, whatever systemd keeps beside', { 'memory/x': '', 'unified/x': '' }, 1],
    ['not known where there are none', {}, undefined],
  ])('is %s', async (_, contents, version) => {
    expect(await readControlGroupVersion(await files(contents))).toBe(version);
  });
});

describe('disk space', () => {
  it('is told of the file system that a folder is on', async () => {
    const space = await readDiskSpace(tmpdir());
    expect(space!.freeBytes).toBeGreaterThan(0);
    expect(space!.freeShare).toBeGreaterThan(0);
    expect(space!.freeShare).toBeLessThanOrEqual(1);
  });

  it('is not told of a folder that is not there', async () => {
    expect(await readDiskSpace('/nonexistent/docker')).toBeUndefined();
  });
});

describe('a port', () => {
  const listen = async (): Promise<{ readonly port: number; readonly close: () => Promise<void> }> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
    const close = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
    onTestFinished(close);
    return { port: (server.address() as { port: number }).port, close };
  };

  it('is taken while somebody listens, and free again afterwards', async () => {
    const { port, close } = await listen();
    expect(await examinePort('127.0.0.1', port)).toBe('taken');
    await close();
    expect(await examinePort('127.0.0.1', port)).toBe('free');
  });

  it('that is wanted on all addresses is taken as soon as one of them is', async () => {
    expect(await examinePort('0.0.0.0', (await listen()).port)).toBe('taken');
  });

  it('of an address that is not of this machine is left open', async () => {
    expect(await examinePort('192.0.2.1', 20_000)).toBe('unknown');
  });
});
