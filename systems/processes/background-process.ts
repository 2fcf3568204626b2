/** Servers of a lane outlive the program that started them, and are stopped only if they are provably the same. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { asStorageFailure, errorCode } from '../files/storage-failure.js';
import { waitUntil } from '../waiting/wait-until.js';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.js';

export interface BackgroundProcess {
  /** Path of the program. */
  readonly file: string;
  /** Visible to every user of the machine: no secrets here. */
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Standard output and error are appended here (0600). */
  readonly logFile: string;
}

/**
 * Starts a program in a session of its own, so that it survives this process and the terminal.
 *
 * @throws KnownFailure `ProcessNotStarted`: it could not be spawned, or ended before it could be identified.
 * @throws KnownFailure `DiskFull` or `NotWritable`, of the log file.
 */
export const startBackgroundProcess = async ({
  file,
  args,
  env,
  cwd,
  logFile,
}: BackgroundProcess): Promise<ProcessIdentity> => {
  const log = await openLog(logFile);
  try {
    // The log's descriptor itself, not a stream: what goes through this process would end with it. execa hands on any
    // descriptor, though its types know only those of the standard streams.
    const output = log.fd as 1;
    const child = execa(file, args, {
      cwd,
      env,
      extendEnv: false,
      detached: true,
      cleanup: false,
      buffer: false,
      stdin: 'ignore',
      stdout: output,
      stderr: output,
    });
    const failedSpawn = child.then(
      () => undefined,
      (error: unknown) => errorCode(error) ?? errorCode((error as Error).cause),
    );
    child.unref();
    if (child.pid === undefined) throw notStarted(file, logFile, await failedSpawn);
    return (await identifyProcess(child.pid)) ?? raise(notStarted(file, logFile));
  } finally {
    await log.close();
  }
};

export interface StopOptions {
  /** How long the process may take to end by itself after SIGTERM. Default: 5000. */
  readonly graceMs?: number;
}

const pollMs = 20;
const killTimeoutMs = 5_000;

/**
 * Ends a process, first politely, then by force. Signals go only to the very process that was identified, whoever has
 * its number now.
 *
 * @throws KnownFailure `ProcessNotStopped` (a retry may help): it is another user's, or survived SIGKILL for 5 s.
 */
export const stopBackgroundProcess = async (
  identity: ProcessIdentity,
  { graceMs = 5_000 }: StopOptions = {},
): Promise<'stopped' | 'was-not-running'> => {
  if (!(await signalIfSame(identity, 'SIGTERM'))) return 'was-not-running';
  if (await endsWithin(identity, graceMs)) return 'stopped';
  await killBackgroundProcess(identity);
  return 'stopped';
};

/**
 * Ends a process at once and without a word, as a loss of power would. Only the very process that was identified.
 *
 * @throws KnownFailure `ProcessNotStopped` (a retry may help): it is another user's, or survived SIGKILL for 5 s.
 */
export const killBackgroundProcess = async (identity: ProcessIdentity): Promise<'killed' | 'was-not-running'> => {
  if (!(await signalIfSame(identity, 'SIGKILL'))) return 'was-not-running';
  if (await endsWithin(identity, killTimeoutMs)) return 'killed';
  throw notStopped(identity);
};

/** Opens a log that programs append to (0600), with its folder. */
export const openLog = async (logFile: string): Promise<FileHandle> => {
  try {
    await mkdir(dirname(logFile), { recursive: true, mode: 0o700 });
    return await open(logFile, 'a', 0o600);
  } catch (error) {
    throw asStorageFailure(error, logFile);
  }
};

const signalIfSame = async (identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> => {
  if (!(await isRunning(identity))) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw notStopped(identity, error);
  }
};

const endsWithin = (identity: ProcessIdentity, timeoutMs: number): Promise<boolean> =>
  waitUntil(async () => ((await isRunning(identity)) ? undefined : true), {
    what: `the end of process ${identity.pid}`,
    timeoutMs,
    intervalMs: pollMs,
  }).catch((error: unknown) => (isKnownFailure(error, 'TimedOut') ? false : raise(error)));

const notStarted = (file: string, logFile: string, code?: string): KnownFailure =>
  new KnownFailure(
    'ProcessNotStarted',
    code === undefined
      ? `${basename(file)} ended as soon as it started: see ${logFile}.`
      : `${basename(file)} could not be started: check that it may be executed, and that its working folder exists.`,
    { facts: { code } },
  );

const notStopped = (identity: ProcessIdentity, cause?: unknown): KnownFailure =>
  new KnownFailure('ProcessNotStopped', `Process ${identity.pid} could not be stopped: stop it by hand.`, {
    retryable: true,
    facts: { code: errorCode(cause) },
    cause,
  });

const raise = (error: unknown): never => {
  throw error;
};
