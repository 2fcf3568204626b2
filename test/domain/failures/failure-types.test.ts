import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { failureGroups } from './failure-types.js';
import { thrownFailures } from './thrown-failures.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const thrown = thrownFailures(root, ['activities', 'systems', 'infra', 'domain']);
/** Said of an attempt by the step itself: nothing throws them. */
const saidOnly = ['StepTimedOut'];
const retryOf = new Map(failureGroups.flatMap(({ retry, types }) => types.map((type) => [type, retry] as const)));

describe('the list of failures', () => {
  it('has every type that a step can throw, each once, and no other', () => {
    const listed = failureGroups.flatMap(({ types }) => types);
    const types = new Set(thrown.map(({ type }) => type).filter((type) => !saidOnly.includes(type)));
    expect(listed.toSorted(), 'add what is missing, with its group, to failure-types.ts').toEqual(
      [...types].toSorted(),
    );
  });

  it('says what the sources say of a retry', () => {
    const differing = thrown.filter(({ type, retryable }) => {
      const retry = retryOf.get(type);
      return (retry === 'away' && retryable === false) || (retry === 'no' && retryable === true);
    });
    expect(differing).toEqual([]);
  });

  it('has not lost sight of the sources', () => {
    expect(thrown.length).toBeGreaterThan(200);
    expect(thrown.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['BucketMissing', 'SealMismatch', 'SnapshotTruncated']),
    );
  });
});
