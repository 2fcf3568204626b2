import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identifyProcess, isRunning } from '../../../systems/processes/process-identity.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';

describe('identifyProcess', () => {
  it('gives a process the same identity every time', async () => {
    const identity = await identifyProcess(process.pid);
    expect(identity).toEqual({ pid: process.pid, startedAt: expect.stringMatching(/./) as string });
    expect(await identifyProcess(process.pid)).toEqual(identity);
  });

  it('does not take another process for this one', async () => {
    const own = await identifyProcess(process.pid);
    expect(await isRunning({ pid: process.ppid, startedAt: own?.startedAt ?? '' })).toBe(false);
  });

  it('knows nothing of a number that no process has', async () => {
    expect(await identifyProcess(2 ** 30)).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('identifyProcess on Linux', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'process-identity-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is not confused by spaces and parentheses in a name', async () => {
    const file = join(folder, 'a) Z 1 (b');
    // A script goes by its own name, and this one waits for a line that never comes.
    await writeFile(file, '#!/bin/sh\nread line\n', { mode: 0o700 });
    const child = execa(file, { reject: false });
    const plain = execa('/bin/sleep', ['30'], { reject: false });
    try {
      const ticks = async (pid = 0): Promise<number> => Number((await identifyProcess(pid))?.startedAt.split(':')[1]);
      // Both started now: a wrong field would be far off.
      expect(Math.abs((await ticks(child.pid)) - (await ticks(plain.pid)))).toBeLessThan(1_000);
    } finally {
      child.kill('SIGKILL');
      plain.kill('SIGKILL');
      await Promise.all([child, plain]);
    }
  });

  it('takes a zombie for gone', async () => {
    // The shell starts a child, then becomes a program that never collects it.
    const parent = execa('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'], { reject: false });
    try {
      const line = await new Promise<string>((resolve) =>
        parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
      );
      const zombie = Number(line);
      await waitUntil(async () => ((await identifyProcess(zombie)) === undefined ? true : undefined), {
        what: 'the zombie',
        timeoutMs: 10_000,
        intervalMs: 10,
      });
      // It is still in the table, which makes it a zombie.
      expect(process.kill(zombie, 0)).toBe(true);
    } finally {
      parent.kill('SIGKILL');
      await parent;
    }
  });
});
