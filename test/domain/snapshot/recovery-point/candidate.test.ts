import { describe, expect, it } from 'vitest';
import { asCandidate, isArchived, isSnapshotName } from '../../../../domain/snapshot/recovery-point/candidate.js';

describe('the name of a snapshot', () => {
  it.each([
    'dr/dr/2026-11-27T03-00-00Z-1a2b3c4d.snap',
    'bao_2026-11-27-0300.snapshot',
    'raft-snapshot-2026-11-27T03-00-00Z+0100.snap',
    'raft_snapshot-1795748400000000000.snap',
    'bao.snap.gz',
    'bao.SNAPSHOT.GZ',
    'backup.tgz',
    'backup.tar.gz',
    'vault-backup-20261127',
    'a/raft',
  ])('is %s', (key) => {
    expect(isSnapshotName(key)).toBe(true);
  });

  it.each([
    '',
    'prod/',
    'prod/README.md',
    'bao.snap.sha256',
    'bao.snap.json',
    'bao.snap.gpg',
    'bao.snap.part',
    '.bao.snap.Ab12Cd',
    '.bao.snap',
    'vault.log',
    'LATEST',
    'snap/index',
  ])('is not "%s"', (key) => {
    expect(isSnapshotName(key)).toBe(false);
  });
});

const object = (key: string, storedAt: string) => ({ key, storedAt, sizeBytes: 1 });

describe('when a snapshot was taken', () => {
  it('is what its name says', () => {
    expect(asCandidate(object('bao_2026-11-27-0300.snapshot', '2026-11-27T03:00:41.000Z'))).toMatchObject({
      takenAt: '2026-11-27T03:00:00Z',
      takenBy: 'name',
    });
  });

  it('is what its name says although the bucket was copied since', () => {
    expect(asCandidate(object('bao_2026-11-01-0300.snapshot', '2026-11-27T12:00:00.000Z'))).toMatchObject({
      takenAt: '2026-11-01T03:00:00Z',
      takenBy: 'name',
    });
  });

  it.each([
    ['has no time', 'bao.snap'],
    ['has a time of a zone east of Greenwich, which it does not state', 'bao_2026-11-27-1130.snapshot'],
    ['has only the day', 'bao-2026-11-27.snap'],
  ])('is when it was stored where its name %s', (_, key) => {
    expect(asCandidate(object(key, '2026-11-27T03:30:07.000Z'))).toMatchObject({
      takenAt: '2026-11-27T03:30:07.000Z',
      takenBy: 'store',
    });
  });
});

it('an archived snapshot is known by its class, and one of instant retrieval is none', () => {
  const classes = ['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR', 'STANDARD', undefined];
  expect(classes.map((storageClass) => isArchived({ storageClass }))).toEqual([true, true, false, false, false]);
});
