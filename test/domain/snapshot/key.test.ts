import { describe, expect, it } from 'vitest';
import { snapshotKey } from '../../../domain/snapshot/key.js';

describe('snapshotKey', () => {
  it("has the operator's form: namespace, cluster, UTC time without colons, suffix", () => {
    expect(snapshotKey('blue', new Date('2026-01-02T03:04:05.678Z'), '0123abcd')).toBe(
      'blue/blue/2026-01-02T03-04-05Z-0123abcd.snap',
    );
  });
});
