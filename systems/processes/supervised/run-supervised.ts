/** Runs a foreign program to its end, under a supervisor: however this process ends, the program dies with it. */
import { spawn } from 'node:child_process';
import { readlink, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { text } from 'node:stream/consumers';
import { KnownFailure } from '../../../domain/known-failure.js';
import { openLog } from '../background-process.js';
import { notStarted } from '../not-started.js';
import { type Supervised, supervise, type Supervision } from './supervise.js';

export interface SupervisedCommand {
  /** Path of the program. */
  readonly file: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Standard output and error are appended here (0600): the beginning and the end of them, 256 KiB each. */
  readonly logFile: string;
  /** Says that the program runs, for as long as any process of it does. See {@link awaitLastCommand}. */
  readonly signFile: string;
  /** Names of variables in `env` whose values no other process has. */
  readonly marks: readonly string[];
  readonly timeoutMs: number;
  /** How long the program may take to end by itself after SIGTERM. Default: 5000. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** `ended`: by a foreign signal. */
export type SupervisedOutcome = Exclude<Supervised, { readonly outcome: 'stopped' | 'not-started' | 'runs-already' }>;

const keptBytes = 256 * 1024;

/**
 * The program and all of its processes, in whichever group or session, are ended when it ends by itself, when its time is over,
 * when the signal aborts, and when this process is gone, be it by SIGKILL. Processes that outlived it are counted and ended.
 *
 * @throws KnownFailure `ProcessNotStarted`: it could not be spawned.
 * @throws KnownFailure `CommandStillRuns` (a retry may help): the sign of another one is there.
 * @throws KnownFailure `DiskFull` or `NotWritable`, of the log file.
 * @throws the signal's reason if it aborts; the program has ended by then.
 */
export const runSupervised = async ({
  file,
  env,
  cwd,
  logFile,
  signFile,
  marks,
  timeoutMs,
  graceMs = 5_000,
  signal,
}: SupervisedCommand): Promise<SupervisedOutcome> => {
  signal?.throwIfAborted();
  await (await openLog(logFile)).close();
  const supervision: Supervision = {
    ...{ file, args: [], env, cwd, logFile, signFile, timeoutMs, graceMs, keptBytes },
    sign: await thisMachine(),
    marks: marks.map((name) => `${name}=${env[name] ?? ''}`),
  };
  // The supervisor has its own session, so that no signal to this process's group ends it before the program.
  const supervisor = spawn(process.execPath, ['-e', `(${supervise.toString()})()`], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const failed = new Promise<never>((_, reject) => {
    supervisor.once('error', (error) => reject(notStarted(process.execPath, error)));
  });
  failed.catch(() => undefined);
  // The supervisor may end before it has read its whole input.
  supervisor.stdin.on('error', () => undefined);
  supervisor.stdin.write(`${JSON.stringify(supervision)}\n`);
  const onAbort = (): void => void supervisor.stdin.write('stop\n');
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const said = await Promise.race([text(supervisor.stdout), failed]);
    signal?.throwIfAborted();
    const answered = parse(said);
    switch (answered.outcome) {
      case 'not-started':
        throw notStarted(file, Object.assign(new Error('not started'), { code: answered.code }));
      case 'runs-already':
        throw stillRuns(signFile);
      case 'stopped':
        throw new KnownFailure('CommandStopped', `${file} was ended before its time`, { retryable: true });
      default:
        return answered;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    supervisor.stdin.destroy();
  }
};

/** A supervisor that says nothing was killed; the program may have been left, and the next one finds its sign. */
const parse = (said: string): Supervised => {
  const last = said.trim().split('\n').at(-1) ?? '';
  if (last === '')
    throw new KnownFailure('CommandStopped', 'The supervisor of the program was killed.', { retryable: true });
  return JSON.parse(last) as Supervised;
};

export const stillRuns = (signFile: string): KnownFailure =>
  new KnownFailure(
    'CommandStillRuns',
    `An earlier program may still be running: see ${signFile} for which, and end it`,
    { retryable: true },
  );

/** The place in which process numbers have one meaning: one boot of one machine, in one namespace. */
export const thisMachine = async (): Promise<{ readonly machine: string }> => {
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return { machine: [hostname(), boot.trim(), namespace].join(' ') };
};
