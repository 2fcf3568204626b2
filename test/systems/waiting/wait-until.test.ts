import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../systems/waiting/wait-until.js';

describe('waitUntil', () => {
  it('returns the first thing the probe finds', async () => {
    let probes = 0;
    const probe = async (): Promise<string | undefined> => (++probes === 3 ? 'found' : undefined);
    await expect(waitUntil(probe, { what: 'the third', timeoutMs: 5_000, intervalMs: 1 })).resolves.toBe('found');
    expect(probes).toBe(3);
  });

  it('takes null and false for something found', async () => {
    await expect(waitUntil(async () => null, { what: 'null', timeoutMs: 1_000 })).resolves.toBeNull();
    await expect(waitUntil(async () => false, { what: 'false', timeoutMs: 1_000 })).resolves.toBe(false);
  });

  it('fails at the deadline, saying what it waited for and how long', async () => {
    const waiting = waitUntil(async () => undefined, { what: 'the moon', timeoutMs: 50, intervalMs: 5 });
    await expect(waiting).rejects.toMatchObject({
      type: 'TimedOut',
      retryable: true,
      message: expect.stringContaining('50 ms for the moon') as string,
    });
  });

  it('says what to do, which is to look at the log where nothing better is known', async () => {
    const options = { what: 'it', timeoutMs: 10 };
    await expect(waitUntil(async () => undefined, options)).rejects.toMatchObject({
      message: 'Waited 10 ms for it, in vain: look at its log, or allow more time.',
    });
    await expect(waitUntil(async () => undefined, { ...options, advice: 'see where it is' })).rejects.toMatchObject({
      message: 'Waited 10 ms for it, in vain: see where it is.',
    });
  });

  it('fails with the type it was given', async () => {
    const waiting = waitUntil(async () => undefined, { what: 'it', timeoutMs: 10, failureType: 'NotReady' });
    await expect(waiting).rejects.toMatchObject({ type: 'NotReady' });
  });

  it('is not held up by a probe that hangs', async () => {
    const hanging = new Promise<undefined>(() => undefined);
    await expect(waitUntil(() => hanging, { what: 'it', timeoutMs: 20 })).rejects.toMatchObject({ type: 'TimedOut' });
  });

  it('ends at once when the signal aborts, with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const waiting = waitUntil(async () => undefined, {
      what: 'it',
      timeoutMs: 60_000,
      intervalMs: 60_000,
      signal: controller.signal,
    });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(waitUntil(async () => 'found', { what: 'it', timeoutMs: 10, signal: controller.signal })).rejects.toBe(
      reason,
    );
  });

  it('ends with what the probe throws', async () => {
    const broken = new Error('broken');
    await expect(waitUntil(() => Promise.reject(broken), { what: 'it', timeoutMs: 60_000 })).rejects.toBe(broken);
  });
});
