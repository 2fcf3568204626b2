import { describe, expect, it } from 'vitest';
import { keepBeat, type Pace, pauseMs } from '../../../activities/clients/beat.js';

const pace: Pace = { everyMs: 100, slowEveryMs: 1_000, slowAfterMs: 60_000 };

describe('the beat', () => {
  it('leaves out of the pause what the beat took, and makes up for nothing', () => {
    expect(pauseMs(pace, 30, 0)).toBe(70);
    expect(pauseMs(pace, 2_000, 2_000)).toBe(0);
  });

  it('slows down once nothing has succeeded for a while', () => {
    expect(pauseMs(pace, 10, 59_999)).toBe(90);
    expect(pauseMs(pace, 10, 60_000)).toBe(990);
  });

  it('is slow only for as long as nothing succeeds', async () => {
    const end = new AbortController();
    const started: number[] = [];
    const beat = async (): Promise<boolean> => {
      started.push(performance.now());
      if (started.length === 6) end.abort();
      return started.length >= 3;
    };
    // Slow at once: two beats fail, then all succeed.
    await keepBeat(beat, { everyMs: 1, slowEveryMs: 300, slowAfterMs: 0.0001 }, end.signal);
    const gaps = started.slice(1).map((at, index) => at - started[index]!);
    expect(gaps[0]).toBeGreaterThan(280);
    expect(gaps[1]).toBeGreaterThan(280);
    for (const gap of gaps.slice(2)) expect(gap).toBeLessThan(280);
  });

  it('ends with the beat that runs, and without one when it is over already', async () => {
    const end = new AbortController();
    let finished = 0;
    await keepBeat(
      async () => {
        end.abort();
        await new Promise(setImmediate);
        finished += 1;
        return true;
      },
      pace,
      end.signal,
    );
    await keepBeat(async () => Promise.reject(new Error('no beat')), pace, end.signal);
    expect(finished).toBe(1);
  });

  it('throws what the beat throws', async () => {
    const beat = async () => Promise.reject(new Error('broken'));
    await expect(keepBeat(beat, pace, new AbortController().signal)).rejects.toThrow('broken');
  });
});
