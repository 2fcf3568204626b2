import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { observeCheck, type Observation } from '../../../activities/observing/observe-check.js';
import type { Check } from '../../../domain/run/checks.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import { runActivity } from '../support.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const observe = (observation: () => Promise<Observation>): Promise<Check> =>
  runActivity((expected: string) => observeCheck('kubernetes-access', expected, observation), 'an answer');

it('does not cut short what takes its time', async () => {
  const slow = new Promise<Observation>((resolve) => {
    setTimeout(() => resolve({ passed: true, observed: 'all of it' }), 60_000);
  });
  const checked = observe(() => slow);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await checked).toMatchObject({ outcome: 'passed', observed: 'all of it' });
});

it('asks again for some seconds after a failure that a retry may help, and then says so', async () => {
  let asked = 0;
  const checked = observe(async () => {
    asked += 1;
    throw new KnownFailure('KubernetesUnreachable', 'nobody there', { retryable: true });
  });
  await vi.advanceTimersByTimeAsync(14_000);
  const before = asked;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(before).toBeGreaterThan(20);
  expect(asked).toBeLessThan(before + 5);
  expect(await checked).toMatchObject({ outcome: 'failed', observed: 'nobody there' });
});

it('takes an answer that comes after a failure', async () => {
  let asked = 0;
  const checked = observe(async () => {
    if ((asked += 1) < 3) throw new KnownFailure('KubernetesUnreachable', 'nobody there', { retryable: true });
    return { passed: true, observed: 'back' };
  });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await checked).toMatchObject({ outcome: 'passed', observed: 'back' });
});

it('asks twice, and no more, what takes ten seconds to fail', async () => {
  let asked = 0;
  const checked = observe(async () => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    throw new KnownFailure('OpenBaoUnreachable', 'no answer', { retryable: true });
  });
  await vi.advanceTimersByTimeAsync(22_000);
  expect(await checked).toMatchObject({ outcome: 'failed', observed: 'no answer' });
  expect(asked).toBe(2);
});

it('does not ask twice what no retry can help', async () => {
  const ask = vi.fn(async () => {
    throw new KnownFailure('KubernetesForbidden', 'not allowed');
  });
  expect(await observe(ask)).toMatchObject({ outcome: 'failed', observed: 'not allowed' });
  expect(ask).toHaveBeenCalledTimes(1);
});
