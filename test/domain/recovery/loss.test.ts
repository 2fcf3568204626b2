import { describe, expect, it } from 'vitest';
import { recoveryPoint } from '../../../domain/recovery/objectives.js';
import { atStakeOf, lossIfApproved } from '../../../domain/recovery/at-stake.js';
import { setDecidingApart } from '../../../domain/recovery/while-deciding.js';

const time = (seconds: number): string => new Date(Date.UTC(2026, 0, 2) + seconds * 1000).toISOString();
const ms = (seconds: number): number => Date.parse(time(seconds));
const approval = (from: number, to: number) => ({ from: time(from), to: time(to), kind: 'approval' as const });

describe('what grew while people decided', () => {
  // 8.2 s before the question and 2 s after the answer the client wrote, 45 s it rested.
  const measured = recoveryPoint({ sequence: 112, at: time(65.2) }, { sequence: 10, at: time(10) });

  it('is a figure of its own, at the rate of the writes that the machine lost', () => {
    expect(setDecidingApart(measured, [approval(18.2, 63.2)], time(65.4))).toEqual({
      ...measured,
      seconds: 10.2,
      lostWrites: 102,
      whileDeciding: { seconds: 45, estimatedWrites: 450 },
    });
  });

  it('is not there for a source that was lost before they were asked', () => {
    expect(setDecidingApart(measured, [approval(70, 90)], time(65.4))).toEqual(measured);
  });

  it('counts up to the fence, also when the client wrote nothing after its rest', () => {
    const early = recoveryPoint({ sequence: 90, at: time(18) }, { sequence: 10, at: time(10) });
    expect(setDecidingApart(early, [approval(18.5, 63.5)], time(64))).toMatchObject({
      seconds: 8,
      whileDeciding: { seconds: 45, estimatedWrites: 450 },
    });
  });

  it('estimates nothing where nothing was lost before', () => {
    const none = recoveryPoint({ sequence: 10, at: time(10) }, { sequence: 10, at: time(10) });
    expect(setDecidingApart(none, [approval(11, 12)], time(13)).whileDeciding).toEqual({
      seconds: 1,
      estimatedWrites: 0,
    });
  });
});

describe('what an approval loses', () => {
  const known = recoveryPoint({ sequence: 92, at: time(18.2) }, { sequence: 10, at: time(10) });
  const growing = atStakeOf(known, { growing: true, objectives: { rpoSeconds: 30 } });

  it('grows by the clock while the source takes writes, seconds and writes alike', () => {
    expect(lossIfApproved(growing, ms(18.2))).toEqual({
      seconds: 8.2,
      writes: 82,
      estimated: false,
      meetsObjective: true,
    });
    expect(lossIfApproved(growing, ms(50))).toEqual({
      seconds: 40,
      writes: 400,
      estimated: true,
      meetsObjective: true,
    });
  });

  it('is judged with the time of people only if the plan counts it', () => {
    const counted = atStakeOf(known, { growing: true, objectives: { rpoSeconds: 30, countDeciding: true } });
    expect(lossIfApproved(counted, ms(39)).meetsObjective).toBe(true);
    expect(lossIfApproved(counted, ms(41)).meetsObjective).toBe(false);
    const unjudged = atStakeOf(known, { growing: true, objectives: {} });
    expect(lossIfApproved(unjudged, ms(41)).meetsObjective).toBeUndefined();
  });

  it('stands still once the source is lost', () => {
    const lost = atStakeOf(known, { growing: false, objectives: { rpoSeconds: 5 } });
    expect(lossIfApproved(lost, ms(4000))).toEqual({
      seconds: 8.2,
      writes: 82,
      estimated: false,
      meetsObjective: false,
    });
  });
});
