/** One way to run a program and read its answer, which keeps secrets out of failures. */
import { basename } from 'node:path';
import { execa } from 'execa';
import { KnownFailure } from '../../domain/known-failure.js';
import { errorCode } from '../files/storage-failure.js';

export interface Command {
  /** Path of the program. */
  readonly file: string;
  /** Visible to every user of the machine: no secrets here. */
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. Default: empty. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Sent to standard input, which is otherwise empty. */
  readonly input?: string | Uint8Array;
  /** After this the program gets SIGTERM, 5 s later SIGKILL. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program to its end and returns what it printed, without the final newline.
 *
 * @throws KnownFailure `CommandFailed` (a retry may help only if it ran out of time): it could not be started, failed,
 * was killed or ran out of time. Says nothing of arguments or output: both may hold secrets.
 * @throws the signal's reason if it aborts.
 */
export const runCommand = async ({
  file,
  args,
  env = {},
  cwd,
  input,
  timeoutMs,
  signal,
}: Command): Promise<{ stdout: string }> => {
  signal?.throwIfAborted();
  const result = await execa(file, args, {
    env,
    extendEnv: false,
    timeout: timeoutMs,
    reject: false,
    stderr: 'ignore',
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(cwd !== undefined && { cwd }),
    ...(signal !== undefined && { cancelSignal: signal }),
  });
  if (!result.failed) return { stdout: result.stdout };

  signal?.throwIfAborted();
  // execa's error quotes the command line and the output: it must not become a cause.
  const program = basename(file);
  const why = result.timedOut ? `took longer than ${timeoutMs / 1000} s` : 'failed';
  throw new KnownFailure('CommandFailed', `${program} ${why}: run it by hand to see its output.`, {
    retryable: result.timedOut,
    facts: { program, exitCode: result.exitCode, signal: result.signal, code: errorCode(result.cause) ?? result.code },
  });
};
