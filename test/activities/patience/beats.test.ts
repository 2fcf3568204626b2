import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepBeating, paceOf } from '../../../activities/patience/beats.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  { step: 'verifyTarget', within: { 1_900: 0, 10_000: 5, 70_000: 32 } },
  // Whoever stops it waits for the next beat.
  { step: 'runClient', within: { 299: 0, 900: 3, 30_000: 100, 40_000: 105 } },
])('beats for $step at its pace, and slower later', async ({ step, within }) => {
  const beat = vi.fn();
  const stop = keepBeating(beat, paceOf(step));
  let passed = 0;
  for (const [ms, beats] of Object.entries(within)) {
    await vi.advanceTimersByTimeAsync(Number(ms) - passed);
    passed = Number(ms);
    expect(beat, `after ${ms} ms`).toHaveBeenCalledTimes(beats);
  }
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(beat).toHaveBeenCalledTimes(Object.values(within).at(-1)!);
});
