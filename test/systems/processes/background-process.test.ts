import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  killBackgroundProcess,
  startBackgroundProcess,
  stopBackgroundProcess,
} from '../../../systems/processes/background-process.js';
import { readLogTail } from '../../../systems/processes/log-tail.js';
import { isRunning, type ProcessIdentity } from '../../../systems/processes/process-identity.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { compileSources } from '../files/compiled-sources.js';

let folder: string;
let logFile: string;
let started: ProcessIdentity[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'background-process-'));
  logFile = join(folder, 'logs', 'server.log');
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((identity) => stopBackgroundProcess(identity, { graceMs: 100 })));
  await rm(folder, { recursive: true, force: true });
});

const startNode = async (script: string, env: Record<string, string> = {}): Promise<ProcessIdentity> => {
  const options = { file: process.execPath, args: ['-e', script], env, cwd: folder, logFile };
  const identity = await startBackgroundProcess(options);
  started.push(identity);
  return identity;
};

const logged = (text: string): Promise<true> =>
  waitUntil(async () => ((await readLogTail(logFile)).includes(text) ? true : undefined), {
    what: `"${text}" in the log`,
    timeoutMs: 10_000,
    intervalMs: 10,
  });

const gone = (identity: ProcessIdentity): Promise<true> =>
  waitUntil(async () => ((await isRunning(identity)) ? undefined : true), { what: 'its end', timeoutMs: 10_000 });

const idle = 'setInterval(() => {}, 1000);';

describe('startBackgroundProcess', () => {
  it('gives the process exactly the environment, folder and log it was told', async () => {
    const identity = await startNode(`console.log(JSON.stringify([process.env, process.cwd()])); ${idle}`, { A: 'b' });
    await logged(']');
    expect(JSON.parse(await readFile(logFile, 'utf8'))).toEqual([{ A: 'b' }, folder]);
    expect((await stat(logFile)).mode & 0o777).toBe(0o600);
    expect(await isRunning(identity)).toBe(true);
  });

  it('appends what the process prints and complains to the log', async () => {
    await gone(await startNode('console.log("first")'));
    await gone(await startNode('console.error("second")'));
    expect(await readLogTail(logFile)).toBe('first\nsecond');
  });

  it('says so when the program is not there', async () => {
    const starting = startBackgroundProcess({ file: join(folder, 'none'), args: [], env: {}, cwd: folder, logFile });
    await expect(starting).rejects.toMatchObject({
      type: 'ProcessNotStarted',
      facts: { code: 'ENOENT' },
    });
  });

  it('lets the process survive the one that started it, in a session of its own', async () => {
    const compiled = await compileSources(
      'domain',
      'systems/waiting/wait-until.ts',
      'systems/files',
      'systems/processes',
      'test/systems/processes/fixtures',
    );
    try {
      const script = join(compiled.root, 'test/systems/processes/fixtures/start-and-die.js');
      const chatty = 'setInterval(() => console.log("still here " + process.ppid), 20)';
      const starter = await execa(process.execPath, [script, chatty, folder, logFile], { reject: false });
      expect(starter.signal, starter.stderr).toBe('SIGKILL');
      const identity = JSON.parse(starter.stdout) as ProcessIdentity;
      started.push(identity);

      const lines = (await readLogTail(logFile, 10_000)).length;
      await waitUntil(async () => ((await readLogTail(logFile, 10_000)).length > lines ? true : undefined), {
        what: 'more lines',
        timeoutMs: 10_000,
      });
      expect(await isRunning(identity)).toBe(true);
      if (process.platform === 'linux') {
        const fields = (await readFile(`/proc/${identity.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ');
        expect(Number(fields?.[6 - 3]), 'its session').toBe(identity.pid);
      }
    } finally {
      await compiled.remove();
    }
  });
});

describe('stopBackgroundProcess', () => {
  it('lets a process end by itself', async () => {
    const identity = await startNode(
      `process.on('SIGTERM', () => { console.log('goodbye'); process.exit(); }); console.log('up'); ${idle}`,
    );
    await logged('up');
    await expect(stopBackgroundProcess(identity)).resolves.toBe('stopped');
    expect(await isRunning(identity)).toBe(false);
    expect(await readLogTail(logFile)).toContain('goodbye');
  });

  it('ends by force a process that does not listen', async () => {
    const identity = await startNode(`process.on('SIGTERM', () => {}); console.log('up'); ${idle}`);
    await logged('up');
    await expect(stopBackgroundProcess(identity, { graceMs: 50 })).resolves.toBe('stopped');
    expect(await isRunning(identity)).toBe(false);
  });

  it('says when there was nothing to stop', async () => {
    const identity = await startNode('');
    await gone(identity);
    await expect(stopBackgroundProcess(identity)).resolves.toBe('was-not-running');
  });

  it('does not touch a process that has the same number, but started at another time', async () => {
    const identity = await startNode(idle);
    await expect(stopBackgroundProcess({ ...identity, startedAt: 'earlier' })).resolves.toBe('was-not-running');
    expect(await isRunning(identity)).toBe(true);
  });

  it('never takes 0 or a negative number for a process', async () => {
    for (const pid of [0, -1, 1.5, NaN]) {
      await expect(stopBackgroundProcess({ pid, startedAt: 'any' })).resolves.toBe('was-not-running');
    }
  });
});

describe('killBackgroundProcess', () => {
  it('leaves a process no time to say goodbye', async () => {
    const identity = await startNode(
      `process.on('SIGTERM', () => { console.log('goodbye'); process.exit(); }); console.log('up'); ${idle}`,
    );
    await logged('up');
    await expect(killBackgroundProcess(identity)).resolves.toBe('killed');
    expect(await isRunning(identity)).toBe(false);
    expect(await readLogTail(logFile)).toBe('up');
    await expect(killBackgroundProcess(identity)).resolves.toBe('was-not-running');
  });

  it('does not touch a process that has the same number, but started at another time', async () => {
    const identity = await startNode(idle);
    await expect(killBackgroundProcess({ ...identity, startedAt: 'earlier' })).resolves.toBe('was-not-running');
    expect(await isRunning(identity)).toBe(true);
  });
});
