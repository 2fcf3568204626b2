import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgram, type ProgramAnswer } from '../../../systems/processes/program.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-program-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const shell = (script: string, mostCharacters = 1024 * 1024): Promise<ProgramAnswer> =>
  createProgram(
    '/bin/sh',
    { PATH: process.env['PATH'] ?? '' },
    { mostCharacters },
  )({
    args: ['-c', script, 'sh', folder],
    timeoutMs: 30_000,
  });

/** Until its process is gone: a signal that it was sent takes a moment. */
const ends = async (pidFile: string): Promise<boolean> => {
  const pid = Number(await readFile(join(folder, pidFile), 'utf8'));
  for (let look = 0; look < 100; look += 1) {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (state === '' || /\) Z /.test(state)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
};

describe('a program', () => {
  it('is answered with its exit code and what it printed', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toEqual({
      exitCode: 3,
      timedOut: false,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it.each(['', '>&2'])('that prints for ever is ended and named, even if it ignores SIGTERM: yes %s', async (where) => {
    await expect(shell(`trap '' TERM; echo $$ > "$1/pid"; exec yes ${where}`)).rejects.toMatchObject({
      type: 'ProgramOutputTooLarge',
      retryable: false,
      message: '/bin/sh printed more than 1.0 MiB and was ended: run it by hand to see what it prints.',
    });
    expect(await ends('pid')).toBe(true);
  });

  it('that prints for ever through a helper in a session of its own does not keep anybody waiting', async () => {
    const script = 'trap "" TERM; setsid sh -c \'echo $$ > "$1/helper"; exec yes\' sh "$1" & wait';
    await expect(shell(script)).rejects.toMatchObject({ type: 'ProgramOutputTooLarge' });
    expect(await ends('helper')).toBe(true);
  });

  it('may print as much as it is allowed', async () => {
    expect((await shell('head -c 1000 /dev/zero | tr "\\0" x', 1_000)).stdout).toHaveLength(1_000);
  });
});
