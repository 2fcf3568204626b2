/**
 * Judges whether a requested backup of the operator is done. The bucket is the truth: on one of the operator's lines the status
 * follows a minute later, or never, though Job and object are fine.
 */
import type { OperatorBackupStatus } from './cluster.js';
import { numberAt, textAt } from '../../domain/fields.js';
import { conditionsOf, operatorAnnotations, type OperatorObject } from './objects.js';

export interface BackupJob {
  readonly uid: string;
  readonly name: string;
  readonly state: 'active' | 'succeeded' | 'failed';
  /** The key that it writes to, if it names one. */
  readonly key?: string;
  /** Why it failed. */
  readonly message?: string;
}

export const readBackupJob = (object: OperatorObject): BackupJob => {
  const key = object.metadata?.annotations?.[operatorAnnotations.backupKey];
  const failed = conditionsOf(object).find(({ type, status }) => type === 'Failed' && status === 'True');
  const succeeded = (numberAt(object, 'status', 'succeeded') ?? 0) > 0;
  const state = succeeded ? 'succeeded' : failed !== undefined ? 'failed' : 'active';
  const message = failed?.message ?? failed?.reason;
  return {
    uid: object.metadata?.uid ?? '',
    name: object.metadata?.name ?? '',
    state,
    ...(key !== undefined && key !== '' && { key }),
    ...(state === 'failed' && message !== undefined && { message }),
  };
};

/** The prefix of a cluster's backups. */
export const backupPrefix = (pathPrefix: string, namespace: string, cluster: string): string => {
  const trimmed = pathPrefix.replace(/^\/+|\/+$/g, '');
  return `${trimmed === '' ? '' : `${trimmed}/`}${namespace}/${cluster}/`;
};

/** Everything that existed before the trigger: a new object answers it. */
export interface BeforeBackup {
  readonly keys: readonly string[];
  readonly jobs: readonly BackupJob[];
  readonly status: OperatorBackupStatus;
}

export interface BackupSight {
  /** Snapshots under the prefix, as they are in the bucket now. */
  readonly keys: readonly string[];
  readonly jobs: readonly BackupJob[];
  readonly status: OperatorBackupStatus;
  /** The trigger's annotation still exists: no operator has taken it up. */
  readonly triggerPending: boolean;
}

export type BackupProgress =
  | { readonly is: 'untouched' }
  | { readonly is: 'running'; readonly job?: string }
  | { readonly is: 'done'; readonly key: string; readonly job?: string }
  /** The Job reports success, and the prefix has no new object. */
  | { readonly is: 'misplaced'; readonly job: string; readonly key?: string }
  | { readonly is: 'failed'; readonly why: string; readonly job?: string };

/**
 * Compares what there is with what there was before the trigger. No clock is asked: those of the cluster and of this machine
 * need not agree.
 *
 * @param triggers values that were written as triggers, of which the operator may have taken up any.
 */
export const judgeBackup = (before: BeforeBackup, now: BackupSight, triggers: readonly string[]): BackupProgress => {
  const jobs = now.jobs.filter(({ uid }) => !before.jobs.some((old) => old.uid === uid));
  const keys = now.keys.filter((key) => key.endsWith('.snap') && !before.keys.includes(key));

  const succeeded = jobs.filter(({ state }) => state === 'succeeded');
  for (const job of succeeded) {
    const key = job.key === undefined ? onlyOne(keys) : keys.find((found) => found === job.key);
    if (key !== undefined) return { is: 'done', key, job: job.name };
  }
  const { lastName, handledTrigger } = now.status;
  if (lastName !== undefined && lastName !== before.status.lastName && keys.includes(lastName)) {
    return { is: 'done', key: lastName };
  }
  if (handledTrigger !== undefined && triggers.includes(handledTrigger)) {
    const key = onlyOne(keys);
    if (key !== undefined) return { is: 'done', key };
  }

  const active = jobs.find(({ state }) => state === 'active');
  if (active !== undefined) return { is: 'running', job: active.name };
  const failed = jobs.find(({ state }) => state === 'failed');
  if (failed !== undefined) return { is: 'failed', why: failed.message ?? 'its Job failed', job: failed.name };
  const why = newFailure(before, now.status);
  if (why !== undefined) return { is: 'failed', why };
  const [done] = succeeded;
  if (done !== undefined) return { is: 'misplaced', job: done.name, ...(done.key !== undefined && { key: done.key }) };
  return now.triggerPending ? { is: 'untouched' } : { is: 'running' };
};

const onlyOne = (keys: readonly string[]): string | undefined => (keys.length === 1 ? keys[0] : undefined);

/** A new failure in the status. Late reports about earlier Jobs are ignored. */
const newFailure = ({ jobs, status }: BeforeBackup, now: OperatorBackupStatus): string | undefined => {
  const { lastFailure } = now;
  if (lastFailure === undefined) return undefined;
  if (lastFailure === status.lastFailure && now.failures <= status.failures) return undefined;
  return jobs.some(({ name }) => name !== '' && lastFailure.includes(name)) ? undefined : lastFailure;
};

/** Whether the backup's status has caught up with an object that is in the bucket. */
export const statusShows = (object: unknown, key: string): boolean =>
  textAt(object, 'status', 'backup', 'lastBackupName') === key ||
  textAt(object, 'status', 'backup', 'latestSnapshot', 'key') === key;
