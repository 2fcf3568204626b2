/**
 * A lock between processes that a crash cannot leave stuck. It is a folder with one entry, whose name tells the holder.
 * Two properties of POSIX rename and unlink make it safe without a second lock: a folder renamed onto the lock succeeds
 * only if the lock is absent or empty, so at most one caller gets in; and a dead holder is removed by its own unique
 * name, so that no one can remove the successor by mistake.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KnownFailure } from '../../domain/known-failure.js';
import { identifyProcess, isRunning, type ProcessIdentity } from '../processes/process-identity.js';
import { asStorageFailure, errorCode } from './storage-failure.js';

export interface FileLockOptions {
  /** How long to wait for another holder. Default: 60 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const pollMs = 25;

/**
 * Runs `fn` while holding the lock at `path` (its parent folder must exist). Exclusive between processes and between
 * callers within one; not re-entrant. A holder that died is replaced.
 *
 * @throws KnownFailure `LockHeld` (a retry may help), naming the process that holds it, at the deadline.
 * @throws KnownFailure `CorruptedState`: there is something at `path` that is not a lock.
 * @throws KnownFailure `DiskFull` or `NotWritable`.
 * @throws the signal's reason if it aborts before the lock is held, and whatever `fn` throws.
 */
export const withFileLock = async <T>(
  path: string,
  fn: () => Promise<T>,
  { timeoutMs = 60_000, signal }: FileLockOptions = {},
): Promise<T> => {
  const holder = await newHolder();
  await acquire(path, holder, timeoutMs, signal);
  try {
    // Whoever was given up while it waited must not act when its turn comes.
    signal?.throwIfAborted();
    return await fn();
  } finally {
    await release(path, holder);
  }
};

const acquire = async (
  path: string,
  holder: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const other = await livingHolder(path);
    if (other === undefined && (await tryToEnter(path, holder))) return;
    if (performance.now() >= deadline) throw lockHeld(path, timeoutMs, other);
    await delay(pollMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
};

/** Moves a folder that already names its holder onto the lock: there is no moment at which the lock has no name in it. */
const tryToEnter = async (path: string, holder: string): Promise<boolean> => {
  const passing = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(passing, { mode: 0o700 });
    await writeFile(join(passing, holder), '', { mode: 0o600 });
    await rename(passing, path);
    return true;
  } catch (error) {
    await rm(passing, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) return false;
    throw errorCode(error) === 'ENOTDIR' ? notALock(path) : asStorageFailure(error, path);
  }
};

const release = async (path: string, holder: string): Promise<void> => {
  await unlink(join(path, holder)).catch(ignoring('ENOENT'));
  await rmdir(path).catch(ignoring('ENOENT', 'ENOTEMPTY', 'EEXIST'));
};

/** The process that holds the lock; `undefined` once there is none, after removing the ones that died. */
const livingHolder = async (path: string): Promise<ProcessIdentity | undefined> => {
  const names = await readdir(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw errorCode(error) === 'ENOTDIR' ? notALock(path) : asStorageFailure(error, path);
  });
  for (const name of names) {
    const identity = parseHolder(name) ?? raise(notALock(path));
    if (await isRunning(identity)) return identity;
    await unlink(join(path, name)).catch(ignoring('ENOENT'));
  }
  return undefined;
};

const newHolder = async (): Promise<string> => {
  const self = (await identifyProcess(process.pid)) ?? raise(new Error('This process cannot be identified.'));
  return `${self.pid},${encodeURIComponent(self.startedAt)},${randomUUID()}`;
};

const parseHolder = (name: string): ProcessIdentity | undefined => {
  const [, pid, startedAt] = /^(\d+),([^,]+),[^,]+$/.exec(name) ?? [];
  return pid !== undefined && startedAt !== undefined
    ? { pid: Number(pid), startedAt: decodeURIComponent(startedAt) }
    : undefined;
};

const ignoring =
  (...codes: string[]) =>
  (error: unknown): void => {
    if (!codes.includes(errorCode(error) ?? '')) throw error;
  };

const raise = (error: Error): never => {
  throw error;
};

const lockHeld = (path: string, timeoutMs: number, holder: ProcessIdentity | undefined): KnownFailure =>
  new KnownFailure(
    'LockHeld',
    `Process ${holder?.pid ?? 'unknown'} has held ${path} for ${timeoutMs / 1000} s: wait for it to end, or stop it.`,
    { retryable: true, facts: { pid: holder?.pid } },
  );

const notALock = (path: string): KnownFailure =>
  new KnownFailure('CorruptedState', `${path} is not a lock this program made: move it away.`);
