import { describe, expect, it } from 'vitest';
import { canaryIn } from '../../../domain/pair/canary.js';

const canary = { drillId: 'd-1', sequence: 7, writtenAt: '2026-01-02T03:04:05.678Z' };

describe('canaryIn', () => {
  it('finds the write of this drill in a KV entry', () => {
    expect(canaryIn({ data: canary, metadata: { version: 3 } }, 'd-1')).toEqual({ sequence: 7, at: canary.writtenAt });
  });

  it.each([
    ['nothing', undefined],
    ['a deleted entry', { data: null, metadata: {} }],
    ["another drill's", { data: { ...canary, drillId: 'd-0' } }],
    ['something else', { data: { drillId: 'd-1', sequence: '7', writtenAt: canary.writtenAt } }],
  ])('finds none in %s', (_, entry) => {
    expect(canaryIn(entry, 'd-1')).toBeUndefined();
  });
});
