import { describe, expect, it } from 'vitest';
import { snapshotKey } from '../../../domain/snapshot/key.js';
import { snapshotTime } from '../../../domain/snapshot/time.js';

describe('the time in the key of a snapshot', () => {
  it('is that of the key that was made for it, to the second', () => {
    const key = snapshotKey('cluster', new Date('2026-01-02T03:04:05.678Z'), '0123abcd');
    expect(snapshotTime(key)).toBe('2026-01-02T03:04:05Z');
  });

  it.each([
    'backup.snap',
    'a/2026-01-02.snap',
    'bao_2026-01-02-0304.snapshot',
    'a/2026-13-02T03-04-05Z-0123abcd.snap',
    '',
  ])('is not there in "%s"', (key) => {
    expect(snapshotTime(key)).toBeUndefined();
  });
});
