import { describe, expect, it } from 'vitest';
import { readGlimpse } from '../../../domain/recovery/restore-outcome.js';

const expectation = { sourceClusterId: 'source-id', previousClusterId: 'target-id' };
const glimpse = (status: number | undefined, sealed: boolean | undefined, clusterId: string | undefined) =>
  readGlimpse({ status, sealed, clusterId }, expectation);

describe('readGlimpse', () => {
  it("believes in a restore only when it sees the source's cluster id", () => {
    expect(glimpse(200, false, 'source-id')).toBe('applied');
    expect(glimpse(200, false, 'target-id')).toBe('unchanged');
  });

  it('sees a sealed target by its word or by its status', () => {
    expect(glimpse(503, undefined, undefined)).toBe('sealed');
    expect(glimpse(200, true, 'source-id')).toBe('sealed');
  });

  it('tells a target that has the data from one that serves it', () => {
    expect(glimpse(429, false, 'source-id')).toBe('not-active');
    expect(glimpse(503, false, 'source-id')).toBe('not-active');
  });

  it('takes a standby with its own data for one that took nothing, and silence for a target that is gone', () => {
    expect(glimpse(429, false, 'target-id')).toBe('unchanged');
    expect(glimpse(undefined, undefined, undefined)).toBe('away');
  });

  it.each([
    ['a limit on requests answers for it', 429, undefined, undefined],
    ['it is not initialised', 501, false, undefined],
    ['it tells no cluster id', 200, false, undefined],
    ['it shows an id of neither side', 200, false, 'third-id'],
  ])('looks again while %s', (_, status, sealed, clusterId) => {
    expect(glimpse(status, sealed, clusterId)).toBe('unsettled');
  });
});
