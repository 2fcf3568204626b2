import { describe, expect, it } from 'vitest';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';

describe('KnownFailure', () => {
  it('says its facts in a sentence behind its own, and leaves out what is unknown or internal', () => {
    const failure = new KnownFailure('PortInUse', 'Port 1 is taken', {
      facts: { port: 1, folder: undefined, own: false, code: 'EADDRINUSE' },
    });
    expect(failure.message).toBe('Port 1 is taken. The port is 1 and the own is false.');
    expect(failure.facts).toMatchObject({ code: 'EADDRINUSE' });
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
