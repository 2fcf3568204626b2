/** Runs a program of somebody else's to its end: no shell, no input, an environment made from nothing, and a time limit. */
import { execa } from 'execa';
import { errorCode } from '../files/storage-failure.js';
import { openLog } from './background-process.js';
import { notStarted } from './not-started.js';

export interface Command {
  /** Path of the program. */
  readonly file: string;
  /** Visible to every user of the machine: no secrets here. Default: none. */
  readonly args?: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Standard output and error are appended here (0600). */
  readonly logFile: string;
  readonly timeoutMs: number;
  /** How long the program may take to end by itself after SIGTERM. Default: 5000. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** `ended`: by a signal that somebody else sent. */
export type CommandOutcome =
  | { readonly outcome: 'exited'; readonly exitCode: number }
  | { readonly outcome: 'ended'; readonly signal: string }
  | { readonly outcome: 'timed-out' };

/** The longest time a Node timer can be set for; longer ones fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * The program leads a process group of its own. When its time is over, or the signal aborts, the group is told to end and
 * then killed: the program with all its children but those that left the group. So it is when this process exits meanwhile.
 * Children that a program leaves behind when it ends by itself are its own business.
 *
 * @throws KnownFailure `ProcessNotStarted`: it could not be spawned.
 * @throws KnownFailure `DiskFull` or `NotWritable`, of the log file.
 * @throws the signal's reason if it aborts; the program has ended by then.
 */
export const runCommand = async ({
  file,
  args = [],
  env,
  cwd,
  logFile,
  timeoutMs,
  graceMs = 5_000,
  signal,
}: Command): Promise<CommandOutcome> => {
  signal?.throwIfAborted();
  const log = await openLog(logFile);
  try {
    // The log's descriptor itself: with a pipe, a child that keeps it open would keep us waiting. See background-process.ts.
    const output = log.fd as 1;
    const child = execa(file, args, {
      cwd,
      env,
      extendEnv: false,
      detached: true,
      cleanup: false,
      buffer: false,
      reject: false,
      stdin: 'ignore',
      stdout: output,
      stderr: output,
    });
    const { pid } = child;
    if (pid === undefined) throw notStarted(file, await child);

    let cutShort: 'timed-out' | 'aborted' | undefined;
    let force: NodeJS.Timeout | undefined;
    const kill = (): void => signalGroup(pid, 'SIGKILL');
    const cut = (why: 'timed-out' | 'aborted'): void => {
      cutShort ??= why;
      signalGroup(pid, 'SIGTERM');
      force ??= setTimeout(kill, graceMs);
    };
    const timer = setTimeout(() => cut('timed-out'), Math.min(timeoutMs, longestTimerMs));
    const onAbort = (): void => cut('aborted');
    signal?.addEventListener('abort', onAbort, { once: true });
    process.once('exit', kill);
    try {
      const { exitCode, signal: endedBy } = await child;
      if (cutShort !== undefined) {
        // Children that outlived it. Their group keeps its number from being used again.
        kill();
        signal?.throwIfAborted();
        return { outcome: 'timed-out' };
      }
      return exitCode === undefined
        ? { outcome: 'ended', signal: endedBy ?? 'unknown' }
        : { outcome: 'exited', exitCode };
    } finally {
      clearTimeout(timer);
      clearTimeout(force);
      signal?.removeEventListener('abort', onAbort);
      process.off('exit', kill);
    }
  } finally {
    await log.close();
  }
};

const signalGroup = (leader: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // Nobody of the group is left.
    if (errorCode(error) !== 'ESRCH') throw error;
  }
};
