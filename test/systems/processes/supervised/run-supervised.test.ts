import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { identifyProcess } from '../../../../systems/processes/process-identity.js';
import { awaitLastCommand } from '../../../../systems/processes/supervised/await-last-command.js';
import { runSupervised, type SupervisedCommand } from '../../../../systems/processes/supervised/run-supervised.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { compileSources } from '../../files/compiled-sources.js';

let folder: string;
let logFile: string;
let signFile: string;
let move = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supervised-'));
  logFile = join(folder, 'command.log');
  signFile = join(folder, 'command.json');
  move += 1;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const script = async (...lines: string[]): Promise<string> => {
  const file = join(folder, 'command');
  await writeFile(file, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  return file;
};
const commandOf = (file: string, options: Partial<SupervisedCommand> = {}): SupervisedCommand => ({
  file,
  env: { PATH: '/usr/bin:/bin', MOVE: `${process.pid}-${move}` },
  cwd: folder,
  logFile,
  signFile,
  marks: ['MOVE'],
  timeoutMs: 30_000,
  graceMs: 500,
  ...options,
});
const run = (file: string, options: Partial<SupervisedCommand> = {}) => runSupervised(commandOf(file, options));
const printed = (): Promise<string> => readFile(logFile, 'utf8').catch(() => '');
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Writes the numbers of itself, a stubborn child, a child in a session of its own, and one that nobody has for a parent. */
const family = (): Promise<string> =>
  script(
    `sh -c "trap '' TERM; echo \\$\\$ >>'${folder}/pids'; sleep 600 & wait; wait; sleep 600" &`,
    `setsid sh -c 'echo $$ >>"${folder}/pids"; sleep 600' &`,
    `setsid sh -c '(setsid sh -c "echo \\$\\$ >>${folder}/pids; sleep 600" &)'`,
    `echo $$ >>'${folder}/pids'`,
    'wait',
  );
const pids = (count = 4): Promise<readonly number[]> =>
  waitUntil(
    async () => {
      const numbers = (await readFile(join(folder, 'pids'), 'utf8').catch(() => '')).trim().split('\n').map(Number);
      return numbers.length === count && !numbers.includes(0) ? numbers : undefined;
    },
    { what: 'all processes of the program', timeoutMs: 20_000, intervalMs: 10 },
  );
const areGone = (numbers: readonly number[]): Promise<true> =>
  waitUntil(
    async () => {
      const found = await Promise.all(numbers.map((number) => identifyProcess(number)));
      return found.every((one) => one === undefined) || undefined;
    },
    { what: 'all of them to be gone', timeoutMs: 10_000, intervalMs: 10 },
  );

describe('a supervised program', () => {
  it('is told apart by how it ended, and leaves no sign', async () => {
    expect(await run(await script('exit 0'))).toEqual({ outcome: 'exited', exitCode: 0, left: 0 });
    expect(await run(await script('exit 3'))).toEqual({ outcome: 'exited', exitCode: 3, left: 0 });
    expect(await run(await script('kill -KILL $$'))).toEqual({ outcome: 'ended', signal: 'SIGKILL', left: 0 });
    await writeFile(join(folder, 'command'), '#!/nowhere/at/all\n', { mode: 0o755 });
    await expect(run(join(folder, 'command'))).rejects.toMatchObject({ type: 'ProcessNotStarted' });
    expect(await exists(signFile)).toBe(false);
  });

  it('sees nothing but its own environment, and no input', async () => {
    await run(await script('cat', 'env | sort'), { env: { MOVE: 'm', ONE: '1' } });
    expect((await printed()).split('\n').filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([
      'MOVE=m',
      'ONE=1',
      '',
    ]);
  });

  it('has its time, and then ends with all of its processes, in whichever session', async () => {
    const running = run(await family(), { timeoutMs: 3_000 });
    const numbers = await pids();
    expect(await running).toMatchObject({ outcome: 'timed-out' });
    await areGone(numbers);
    expect(await exists(signFile)).toBe(false);
  });

  it('leaves no processes behind when it ends by itself, and says how many it would have', async () => {
    const file = await script(
      `setsid sh -c 'echo $$ >>"${folder}/pids"; exec sleep 600' &`,
      `while [ ! -s '${folder}/pids' ]; do sleep 0.01; done`,
    );
    expect(await run(file)).toEqual({ outcome: 'exited', exitCode: 0, left: 1 });
    await areGone(await pids(1));
    expect(await printed()).toContain('1 processes that the program had left behind were ended');
  });

  it('ends when it is cancelled', async () => {
    const controller = new AbortController();
    const running = run(await family(), { signal: controller.signal });
    running.catch(() => undefined);
    const numbers = await pids();
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    await areGone(numbers);
  });

  it('prints as much as it likes: beginning and end are kept', async () => {
    const file = await script('echo first', 'head -c 30000000 /dev/zero | tr "\\0" x', 'echo; echo last');
    expect(await run(file)).toMatchObject({ outcome: 'exited', exitCode: 0 });
    const text = await printed();
    expect(text.length).toBeLessThan(600_000);
    expect(text).toMatch(/^first\nx/);
    expect(text).toMatch(/\[openbao-dr: \d{8} bytes are left out here\]/);
    expect(text).toMatch(/x\nlast\n$/);
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
  });

  it('does not run beside another one', async () => {
    const controller = new AbortController();
    const running = run(await family(), { signal: controller.signal });
    running.catch(() => undefined);
    await pids();
    await expect(run(await script('exit 0'))).rejects.toMatchObject({ type: 'CommandStillRuns', retryable: true });
    await expect(awaitLastCommand(signFile, { timeoutMs: 300 })).rejects.toMatchObject({ type: 'CommandStillRuns' });
    controller.abort();
    await running.catch(() => undefined);
    await awaitLastCommand(signFile);
  });
});

describe.skipIf(process.platform !== 'linux')('a program whose worker is killed', () => {
  let compiled: Awaited<ReturnType<typeof compileSources>>;
  beforeAll(async () => {
    compiled = await compileSources('domain', 'systems', 'test/systems/processes/fixtures');
  });
  afterAll(() => compiled.remove());

  const worker = (file: string) => {
    const fixture = join(compiled.root, 'test/systems/processes/fixtures/run-supervised.js');
    return spawn(process.execPath, [fixture, JSON.stringify(commandOf(file))], { stdio: 'ignore' });
  };

  it('dies with it, with all of its processes, and the next one waits for that', async () => {
    const killed = worker(await family());
    const numbers = await pids();
    killed.kill('SIGKILL');
    await awaitLastCommand(signFile, { timeoutMs: 10_000 });
    expect(await Promise.all(numbers.map((number) => identifyProcess(number)))).toEqual(numbers.map(() => undefined));
    expect(await exists(signFile)).toBe(false);
    expect(await run(await script('exit 0'))).toMatchObject({ outcome: 'exited', exitCode: 0 });
  });

  it('is killed by the next one if its supervisor is killed, too', async () => {
    const killed = worker(await family());
    const numbers = await pids();
    const { pid } = JSON.parse(await readFile(signFile, 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    killed.kill('SIGKILL');
    await awaitLastCommand(signFile, { timeoutMs: 10_000 });
    await areGone(numbers);
  });

  it('of another machine is dead once its sign is not renewed any more', async () => {
    await writeFile(signFile, JSON.stringify({ machine: 'another', pid: 1, marks: ['MOVE=1'] }));
    await expect(awaitLastCommand(signFile, { timeoutMs: 200 })).rejects.toMatchObject({ type: 'CommandStillRuns' });
    await awaitLastCommand(signFile, { staleMs: 200 });
    expect(await exists(signFile)).toBe(false);
  });
});
