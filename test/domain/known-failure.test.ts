import { describe, expect, it } from 'vitest';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';

describe('KnownFailure', () => {
  it('shows its facts in brackets behind the sentence, and leaves unknown ones out', () => {
    const failure = new KnownFailure('PortInUse', 'Port 1 is taken', {
      facts: { port: 1, code: undefined, own: false },
    });
    expect(failure.message).toBe('Port 1 is taken [port=1, own=false]');
    expect(new KnownFailure('PortInUse', 'Port 1 is taken').message).toBe('Port 1 is taken');
  });

  it('says no retry helps unless told so', () => {
    expect(new KnownFailure('A', 'a').retryable).toBe(false);
    expect(new KnownFailure('A', 'a', { retryable: true }).retryable).toBe(true);
  });

  it('is told from other errors, and by its type', () => {
    expect(isKnownFailure(new Error('a'))).toBe(false);
    expect(isKnownFailure(new KnownFailure('A', 'a'))).toBe(true);
    expect(isKnownFailure(new KnownFailure('A', 'a'), 'B')).toBe(false);
  });
});
