import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identifyProcess } from '../../../systems/processes/process-identity.js';
import { type Command, runCommand } from '../../../systems/processes/run-command.js';
import { waitUntil } from '../../../systems/wait-until.js';

let folder: string;
let logFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-command-'));
  logFile = join(folder, 'logs', 'command.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const script = async (...lines: string[]): Promise<string> => {
  const file = join(folder, 'command');
  await writeFile(file, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return file;
};
const run = (file: string, options: Partial<Command> = {}) =>
  runCommand({ file, env: { PATH: '/usr/bin:/bin' }, cwd: folder, logFile, timeoutMs: 30_000, ...options });
const printed = (): Promise<string> => readFile(logFile, 'utf8').catch(() => '');

/** A script that starts a child which ignores SIGTERM, prints both numbers, and would go on for long. */
const stubborn = (): Promise<string> =>
  script(`sh -c "trap '' TERM; sleep 600 & wait; wait" &`, 'echo "$$ $!"', 'wait', 'sleep 600');
const pids = (): Promise<number[]> =>
  waitUntil(
    async () => {
      const found = (await printed()).trim().split(' ').map(Number);
      return found.length === 2 ? found : undefined;
    },
    { what: 'the process numbers', timeoutMs: 10_000, intervalMs: 10 },
  );
const gone = async (): Promise<void> => {
  for (const pid of await pids()) {
    await waitUntil(async () => ((await identifyProcess(pid)) === undefined ? true : undefined), {
      what: `the end of ${pid}`,
      timeoutMs: 5_000,
      intervalMs: 10,
    });
  }
};

describe('runCommand', () => {
  it('answers the exit code, and keeps what was printed in a private file', async () => {
    expect(await run(await script('echo out', 'echo err >&2'))).toEqual({ outcome: 'exited', exitCode: 0 });
    expect(await run(await script('exit 7'))).toEqual({ outcome: 'exited', exitCode: 7 });
    expect(await printed()).toBe('out\nerr\n');
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
  });

  it('gives it exactly the environment and folder it was told, and no input', async () => {
    const file = join(folder, 'command.cjs');
    const body = `console.log(JSON.stringify([process.env, process.cwd(), require('fs').readFileSync(0, 'utf8')]))`;
    await writeFile(file, `#!${process.execPath}\n${body}\n`, { mode: 0o755 });
    await run(file, { env: { A: 'b' } });
    expect(JSON.parse(await printed())).toEqual([{ A: 'b' }, folder, '']);
  });

  it('kills it with its children when its time is over', async () => {
    const running = run(await stubborn(), { timeoutMs: 500, graceMs: 100 });
    await pids();
    expect(await running).toEqual({ outcome: 'timed-out' });
    await gone();
  });

  it('kills it with its children when it is cancelled, and throws the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const running = expect(run(await stubborn(), { signal: controller.signal, graceMs: 100 })).rejects.toBe(reason);
    await pids();
    controller.abort(reason);
    await running;
    await gone();
  });

  it('does not wait for what a program leaves behind when it ends by itself', async () => {
    const file = await script('sleep 600 &', 'echo "$$ $!"');
    expect(await run(file)).toEqual({ outcome: 'exited', exitCode: 0 });
    const [, left] = await pids();
    process.kill(left!, 'SIGKILL');
  });

  it('lets it end by itself when it is told to', async () => {
    const file = await script(`trap 'echo goodbye; exit 0' TERM`, 'sleep 600 & echo "$$ $!"', 'wait');
    const controller = new AbortController();
    const running = run(file, { signal: controller.signal });
    running.catch(() => undefined);
    await pids();
    controller.abort();
    await expect(running).rejects.toThrow();
    expect(await printed()).toContain('goodbye');
  });

  it('tells a program that somebody else killed', async () => {
    expect(await run(await script('kill -KILL $$'))).toEqual({ outcome: 'ended', signal: 'SIGKILL' });
  });

  it('says so when there is nothing that can be started', async () => {
    await expect(run(join(folder, 'none'))).rejects.toMatchObject({ type: 'ProcessNotStarted' });
    const file = join(folder, 'no-interpreter');
    await writeFile(file, '#!/nowhere/at/all\n', { mode: 0o755 });
    await expect(run(file)).rejects.toMatchObject({ type: 'ProcessNotStarted' });
  });
});
