import { describe, expect, it } from 'vitest';
import type { SnapshotProof } from '../../../client/snapshots/prove-snapshots.js';
import { renderProofs } from '../../../client/views/proofs.js';

const now = new Date('2026-01-12T03:04:05Z');
const usable: SnapshotProof = {
  key: 'a/2026-01-12T02-00-00Z-0123abcd.snap',
  takenAt: '2026-01-12T02:00:00Z',
  sizeBytes: 26_137,
  sha256: 'ab',
  keyVersion: 'v2',
  verdict: 'usable',
};
const tooOld: SnapshotProof = {
  ...usable,
  key: 'a/2026-01-02T03-04-05Z-0123abcd.snap',
  takenAt: '2026-01-02T03:04:05Z',
  keyVersion: 'v1',
  verdict: 'unusable',
  failure: { type: 'SealKeyVersionTooOld', message: 'Lower min_decryption_version.' },
};
const away: SnapshotProof = {
  key: 'a/odd\u001b[2J.snap',
  sizeBytes: 1,
  verdict: 'unknown',
  failure: { type: 'ObjectMissing', message: 'It went away.' },
};

const render = (...proofs: SnapshotProof[]): string => renderProofs({ proofs, keyName: 'shared', now });

describe('the table of proofs', () => {
  it('has a line for each snapshot, with its age, size, key version and verdict', () => {
    expect(render(usable, tooOld)).toBe(
      [
        '     KEY                                   AGE         SIZE      KEY VERSION  VERDICT',
        '  ✔  a/2026-01-12T02-00-00Z-0123abcd.snap  1 h 04 min  25.5 KiB  v2           usable',
        '  ✘  a/2026-01-02T03-04-05Z-0123abcd.snap  10 d 00 h   25.5 KiB  v1           unusable: SealKeyVersionTooOld',
        '',
        '✘ SealKeyVersionTooOld: Lower min_decryption_version.',
        '',
        'Today the seal key shared opens 1 of 2 snapshots.',
      ].join('\n'),
    );
  });

  it('says once what is wrong with many', () => {
    const text = render(tooOld, { ...tooOld, key: 'b.snap' });
    expect(text.match(/Lower min_decryption_version/g)).toHaveLength(1);
  });

  it('shows what it does not know as such, and keys that cannot command the terminal', () => {
    const text = render(away);
    expect(text).toMatch(/\? {2}a\/odd \[2J\.snap {2}- +1 byte {2}- +unknown: ObjectMissing/);
    expect(text).toContain('opens 0 of 1 snapshot.');
  });
});
