/**
 * A lock between processes that a crash cannot leave stuck, also between containers and machines that share the folder. It is a
 * folder with one entry, whose name identifies the holder: a random id, its process, and the place where that process's number
 * has a meaning. Processes in that place look the holder up. Others only see that the entry's time moves on while the holder
 * renews its lease: a lease that was not renewed for {@link leaseMs}, by the waiting process's clock, is over. Two properties
 * of POSIX rename and unlink make it safe without a second lock: a folder renamed onto the lock succeeds only if the lock is
 * absent or empty, so at most one caller gets in; and a dead holder is removed by its own unique name, so that no one can
 * remove the successor by mistake.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KnownFailure } from '../../domain/known-failure.js';
import { identifyProcess, isRunning, type ProcessIdentity } from '../processes/process-identity.js';
import { processPlace } from '../processes/process-place.js';
import { asStorageFailure, errorCode } from './storage-failure.js';
import { describeMs } from '../../domain/units.js';

export interface FileLockOptions {
  /** How long to wait for another holder. Default: 60 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** How long the lease of a holder lives whose process cannot be looked up. Default: 30 000. */
  readonly leaseMs?: number;
  /** The place where this process's number has a meaning. Default: {@link processPlace}. */
  readonly place?: string;
}

const pollMs = 25;
const defaultLeaseMs = 30_000;
/** Renewals that may fail or be late in a row before the lease is over. */
const renewalsALease = 6;

/**
 * Runs `fn` while holding the lock at `path` (its parent folder must exist). Exclusive between processes and between callers
 * within one; not re-entrant. A holder that died is replaced: at once by a process that can look it up, after its lease by one
 * in another container or on another machine.
 *
 * @throws KnownFailure `LockHeld` (a retry may help), naming the process that holds it, at the deadline.
 * @throws KnownFailure `LockLost` (a retry may help): this process stood still for longer than its lease, and another has taken
 *   the lock meanwhile; what `fn` did may have been undone.
 * @throws KnownFailure `CorruptedState`: `path` exists and is not a lock.
 * @throws KnownFailure `DiskFull` or `NotWritable`.
 * @throws the signal's reason if it aborts before the lock is held, and whatever `fn` throws.
 */
export const withFileLock = async <T>(
  path: string,
  fn: () => Promise<T>,
  { timeoutMs = 60_000, signal, leaseMs = defaultLeaseMs, place }: FileLockOptions = {},
): Promise<T> => {
  const here = place ?? (await processPlace());
  const holder = await newHolder(here);
  await acquire(path, { holder, here, leaseMs }, timeoutMs, signal);
  const lease = keepLease(join(path, holder), leaseMs / renewalsALease);
  let result: T;
  try {
    // A caller that was aborted while it waited must not act when its turn comes.
    signal?.throwIfAborted();
    result = await fn();
  } finally {
    lease.end();
    await release(path, holder);
  }
  if (lease.isLost()) throw lockLost(path);
  return result;
};

/** Renews the lease by moving the entry's time on, until it is gone. */
const keepLease = (entry: string, everyMs: number) => {
  let lost = false;
  const renew = (): void => {
    utimes(entry, new Date(), new Date()).catch((error: unknown) => {
      // Any other failure, such as a brief outage of a network file system, waits for the next renewal.
      if (errorCode(error) === 'ENOENT') lost = true;
    });
  };
  const timer = setInterval(renew, everyMs);
  timer.unref();
  return { end: () => clearInterval(timer), isLost: () => lost };
};

interface Claim {
  readonly holder: string;
  readonly here: string;
  readonly leaseMs: number;
}

const acquire = async (
  path: string,
  { holder, here, leaseMs }: Claim,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  const isOver = createLeaseWatch(leaseMs);
  for (;;) {
    signal?.throwIfAborted();
    const other = await livingHolder(path, here, isOver);
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

/**
 * Decides whether a lease is over by how long this process has seen it unchanged, and not by the holder's or the file system's
 * clock.
 */
const createLeaseWatch = (leaseMs: number): ((entry: string) => Promise<boolean>) => {
  let seen: { readonly entry: string; readonly renewedAt: number; readonly since: number } | undefined;
  return async (entry) => {
    const renewedAt = await stat(entry).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (renewedAt === undefined) return true;
    if (seen?.entry !== entry || seen.renewedAt !== renewedAt) seen = { entry, renewedAt, since: performance.now() };
    return performance.now() - seen.since >= leaseMs;
  };
};

/** The lock's holder; `undefined` if it is free, after removal of dead holders and of those whose lease is over. */
const livingHolder = async (
  path: string,
  here: string,
  isOver: (entry: string) => Promise<boolean>,
): Promise<Holder | undefined> => {
  const names = await readdir(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw errorCode(error) === 'ENOTDIR' ? notALock(path) : asStorageFailure(error, path);
  });
  for (const name of names) {
    const other = parseHolder(name) ?? raise(notALock(path));
    const entry = join(path, name);
    if (other.place === here ? await isRunning(other) : !(await isOver(entry))) return other;
    await unlink(entry).catch(ignoring('ENOENT'));
  }
  return undefined;
};

interface Holder extends ProcessIdentity {
  readonly place: string;
}

const newHolder = async (place: string): Promise<string> => {
  const self = (await identifyProcess(process.pid)) ?? raise(new Error('This process cannot be identified.'));
  return `${place},${self.pid},${encodeURIComponent(self.startedAt)},${randomUUID()}`;
};

const parseHolder = (name: string): Holder | undefined => {
  const { place, pid, startedAt } = /^(?<place>[^,]+),(?<pid>\d+),(?<startedAt>[^,]+),[^,]+$/.exec(name)?.groups ?? {};
  return place !== undefined && pid !== undefined && startedAt !== undefined
    ? { place, pid: Number(pid), startedAt: decodeURIComponent(startedAt) }
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

const lockHeld = (path: string, timeoutMs: number, holder: Holder | undefined): KnownFailure =>
  new KnownFailure(
    'LockHeld',
    `Process ${holder?.pid ?? 'unknown'} has held ${path} for ${describeMs(timeoutMs)}: wait for it to end, or stop it. ` +
      'Its number may be that of another container or machine that shares the folder.',
    { retryable: true, facts: { pid: holder?.pid, place: holder?.place } },
  );

const lockLost = (path: string): KnownFailure =>
  new KnownFailure(
    'LockLost',
    `This process stood still while it held ${path}, and another one has taken it over: look at what both did, then try again.`,
    { retryable: true },
  );

const notALock = (path: string): KnownFailure =>
  new KnownFailure('CorruptedState', `${path} is not a lock this program made: move it away.`);
