import { describe, expect, it } from 'vitest';
import { asCandidate } from '../../../../domain/snapshot/recovery-point/candidate.js';
import { checkFreshness } from '../../../../domain/snapshot/recovery-point/freshness.js';

const now = Date.parse('2026-11-28T12:00:00Z');
const hours = 3_600;
const newest = asCandidate({
  key: 'bao_2026-11-27-0300.snapshot',
  sizeBytes: 1,
  storedAt: '2026-11-27T03:00:41.000Z',
});

describe('recovery-point-fresh', () => {
  it('passes while the newest snapshot is young enough', () => {
    expect(checkFreshness(newest, 33 * hours, now)).toEqual({
      name: 'recovery-point-fresh',
      outcome: 'passed',
      expected: 'a snapshot that is at most 33 h 00 min old',
      observed:
        'the newest, bao_2026-11-27-0300.snapshot, is 33 h 00 min old: taken 27 Nov 2026, 03:00:00 UTC by its name',
    });
  });

  it('fails once it is older', () => {
    expect(checkFreshness(newest, 33 * hours - 1, now).outcome).toBe('failed');
  });

  it('says that the time is the one at which it was stored, where the name has none', () => {
    const unnamed = asCandidate({ key: 'bao.snap', sizeBytes: 1, storedAt: '2026-11-27T03:00:41.000Z' });
    expect(checkFreshness(unnamed, 26 * hours, now)).toMatchObject({
      outcome: 'failed',
      observed:
        'the newest, bao.snap, is 32 h 59 min old: taken 27 Nov 2026, 03:00:41 UTC by the time at which it was stored',
    });
  });

  it('takes a snapshot from the future for one of now', () => {
    const future = asCandidate({ key: 'bao.snap', sizeBytes: 1, storedAt: '2026-11-29T00:00:00.000Z' });
    expect(checkFreshness(future, 1, now).outcome).toBe('passed');
  });
});
