import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KnownFailure } from '../../../domain/known-failure.js';
import { runCommand, type Command } from '../../../systems/processes/run-command.js';

const node = (script: string, more: Partial<Command> = {}): Promise<{ stdout: string }> =>
  runCommand({ file: process.execPath, args: ['-e', script], timeoutMs: 20_000, ...more });

const failureOf = async (running: Promise<unknown>): Promise<KnownFailure> => {
  const failure = await running.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(KnownFailure);
  return failure as KnownFailure;
};

describe('runCommand', () => {
  it('returns what the program printed', async () => {
    await expect(node('console.log("hello")')).resolves.toEqual({ stdout: 'hello' });
  });

  it('passes on input, folder and exactly the environment it was given', async () => {
    const script = `process.stdin.on('data', (d) => console.log(d + JSON.stringify([process.env, process.cwd()])))`;
    const { stdout } = await node(script, { input: 'in', env: { A: 'b' }, cwd: '/' });
    expect(stdout).toBe('in[{"A":"b"},"/"]');
  });

  it('does not let a program wait for input that never comes', async () => {
    await expect(node('process.stdin.on("end", () => console.log("over")).resume()')).resolves.toEqual({
      stdout: 'over',
    });
  });

  it('says nothing of arguments and output when the program fails', async () => {
    const script = 'const s = "hun" + "ter2"; console.log(s); console.error(s); process.exit(3)';
    const failure = await failureOf(node(script, { input: 'hunter2', env: { TOKEN: 'hunter2' } }));
    expect(failure).toMatchObject({ type: 'CommandFailed', retryable: false, cause: undefined });
    expect(failure.message).toBe('node failed: run it by hand to see its output. [program=node, exitCode=3]');
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain('hunter2');
  });

  it('names the signal that ended the program', async () => {
    const failure = await failureOf(node('process.kill(process.pid, "SIGKILL")'));
    expect(failure.message).toContain('[program=node, signal=SIGKILL]');
  });

  it('says when the program is not there', async () => {
    const failure = await failureOf(runCommand({ file: '/nowhere/bao', args: ['hunter2'], timeoutMs: 1_000 }));
    expect(failure.message).toContain('[program=bao, code=ENOENT]');
  });

  it('ends a program that takes too long, and allows a retry', async () => {
    const failure = await failureOf(node('setInterval(() => {}, 1000)', { timeoutMs: 200 }));
    expect(failure).toMatchObject({ type: 'CommandFailed', retryable: true });
    expect(failure.message).toContain('took longer than 0.2 s');
  });

  it('ends with the reason of the signal that stops it', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const running = node('setInterval(() => {}, 1000)', { signal: controller.signal });
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});
