import { describe, expect, it } from 'vitest';
import { KnownFailure } from '../../../../domain/known-failure.js';
import { awaiting, createAwaited } from '../../../../systems/openbao/api/awaited-server.js';

const stranger = new KnownFailure('OpenBaoCertificateRefused', 'Another certificate.');
const away = new KnownFailure('OpenBaoUnreachable', 'Nobody there.', { retryable: true });
const refused = new KnownFailure('PermissionDenied', 'No.');

describe('a server that is waited for', () => {
  it('is away as long as it likes, and says no once', () => {
    let now = 0;
    const passes = createAwaited(() => now);
    expect(passes(away)).toBe(true);
    now = 3_600_000;
    expect(passes(away)).toBe(true);
    expect(passes(refused)).toBe(false);
    expect(passes(new Error('a mistake of ours'))).toBe(false);
  });

  it('may show a certificate of its edge while that starts, and no longer', () => {
    let now = 0;
    const passes = createAwaited(() => now);
    expect(passes(stranger)).toBe(true);
    now = 9_999;
    expect(passes(stranger)).toBe(true);
    now = 10_000;
    expect(passes(stranger)).toBe(false);
  });

  it('may do so again after it was away, or had answered', async () => {
    let now = 0;
    const passes = createAwaited(() => now);
    passes(stranger);
    now = 8_000;
    passes(away);
    now = 16_000;
    expect(passes(stranger)).toBe(true);

    const answers = [stranger, away, 'ready'];
    const ask = awaiting(async () => {
      const answer = answers.shift();
      if (answer instanceof KnownFailure) throw answer;
      return answer;
    });
    expect([await ask(), await ask(), await ask()]).toEqual([undefined, undefined, 'ready']);
  });

  it('ends the wait with a failure that does not pass', async () => {
    const ask = awaiting(async () => Promise.reject(refused));
    await expect(ask()).rejects.toBe(refused);
  });
});
