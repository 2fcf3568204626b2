import { describe, expect, it } from 'vitest';
import {
  backupPrefix,
  type BackupJob,
  type BackupSight,
  type BeforeBackup,
  judgeBackup,
  readBackupJob,
} from '../../../systems/openbao-operator/backup.js';

const old: BackupJob = { uid: 'old', name: 'backup-a-20260101-000000', state: 'succeeded', key: 'n/a/old.snap' };
const before: BeforeBackup = {
  keys: ['n/a/old.snap'],
  jobs: [old],
  status: { failures: 0, lastName: 'n/a/old.snap' },
};
const trigger = '2026-01-02T00:00:00.000Z';
const made: BackupJob = { uid: 'new', name: 'backup-a-20260102-000000', state: 'active', key: 'n/a/new.snap' };
const judge = (change: Partial<BackupSight>) =>
  judgeBackup(before, { ...before, triggerPending: false, ...change }, [trigger]);

describe('a backup that was asked of the operator', () => {
  it('is untouched while the trigger lies there, and running once it was taken', () => {
    expect(judge({ triggerPending: true })).toEqual({ is: 'untouched' });
    expect(judge({})).toEqual({ is: 'running' });
    expect(judge({ jobs: [old, made] })).toEqual({ is: 'running', job: made.name });
  });

  it('is done when its Job has succeeded and its object is there, whatever the status says', () => {
    const jobs: BackupJob[] = [old, { ...made, state: 'succeeded' }];
    expect(judge({ jobs })).toEqual({ is: 'misplaced', job: made.name, key: made.key });
    const keys = [...before.keys, 'n/a/another.snap', 'n/a/new.snap'];
    expect(judge({ jobs, keys })).toEqual({ is: 'done', key: 'n/a/new.snap', job: made.name });
  });

  it('is not done by an object whose Job goes on', () => {
    expect(judge({ jobs: [old, made], keys: [...before.keys, 'n/a/new.snap'] })).toMatchObject({ is: 'running' });
  });

  it('takes the only new object where a Job does not say its key, and none of several', () => {
    const silent: BackupJob = { uid: made.uid, name: made.name, state: made.state };
    const jobs: BackupJob[] = [old, { ...silent, state: 'succeeded' }];
    expect(judge({ jobs, keys: [...before.keys, 'n/a/x.snap'] })).toMatchObject({ is: 'done', key: 'n/a/x.snap' });
    expect(judge({ jobs, keys: [...before.keys, 'n/a/x.snap', 'n/a/y.snap'] })).toMatchObject({ is: 'misplaced' });
  });

  it('is done when the status has moved on to a new object, or to the trigger', () => {
    const keys = [...before.keys, 'n/a/new.snap', 'n/a/new.snap.json'];
    expect(judge({ keys, status: { failures: 0, lastName: 'n/a/new.snap' } })).toEqual({
      is: 'done',
      key: 'n/a/new.snap',
    });
    expect(judge({ keys, status: { ...before.status, handledTrigger: trigger } })).toMatchObject({ is: 'done' });
    expect(judge({ keys, status: { ...before.status, handledTrigger: 'another' } })).toMatchObject({ is: 'running' });
  });

  it('does not believe a status that names an object which is not there', () => {
    expect(judge({ status: { failures: 0, lastName: 'n/a/new.snap' } })).toMatchObject({ is: 'running' });
  });

  it('failed when its Job did, or when the status says so of none that was there before', () => {
    const failed: BackupJob = { ...made, state: 'failed', message: 'limit' };
    expect(judge({ jobs: [old, failed] })).toEqual({ is: 'failed', why: 'limit', job: made.name });
    const status = { ...before.status, failures: 1, lastFailure: 'image verification failed' };
    expect(judge({ status })).toEqual({ is: 'failed', why: 'image verification failed' });
    expect(judge({ status: { ...status, lastFailure: `Backup Job ${old.name} failed` } })).toEqual({ is: 'running' });
  });

  it('knows the same words for another failure', () => {
    const status = { failures: 1, lastFailure: 'no token' };
    const known: BeforeBackup = { ...before, status };
    const sight = { ...before, triggerPending: false };
    expect(judgeBackup(known, { ...sight, status }, [trigger])).toEqual({ is: 'running' });
    expect(judgeBackup(known, { ...sight, status: { ...status, failures: 2 } }, [trigger])).toMatchObject({
      is: 'failed',
    });
  });
});

describe('a backup Job', () => {
  const metadata = { uid: 'u', name: 'j', annotations: { 'openbao.org/backup-key': 'k' } };
  it.each([
    [{ active: 1 }, 'active'],
    [{}, 'active'],
    [{ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] }, 'succeeded'],
    [{ failed: 1, conditions: [{ type: 'Failed', status: 'True', message: 'limit' }] }, 'failed'],
  ])('with status %j is %s', (status, state) => {
    expect(readBackupJob({ metadata, status })).toMatchObject({ uid: 'u', name: 'j', key: 'k', state });
  });
});

it.each([
  ['', 'n/c/'],
  ['drills', 'drills/n/c/'],
  ['/drills/a/', 'drills/a/n/c/'],
])('finds the backups of path prefix "%s" under %s', (prefix, expected) => {
  expect(backupPrefix(prefix, 'n', 'c')).toBe(expected);
});
