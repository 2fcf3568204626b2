import { describe, expect, it } from 'vitest';
import { checkRpo, checkRto, recoveryPoint, recoveryTime } from '../../../domain/recovery/objectives.js';
import type { HumanWait } from '../../../domain/recovery/human-waits.js';

const time = (seconds: number): string =>
  new Date(Date.parse('2026-01-02T03:00:00.000Z') + seconds * 1000).toISOString();

describe('recoveryPoint', () => {
  it('is the time between two writes, and how many there were', () => {
    const [acknowledged, recovered] = [
      { sequence: 57, at: time(5.6789) },
      { sequence: 12, at: time(1.1) },
    ];
    expect(recoveryPoint(acknowledged, recovered)).toEqual({
      seconds: 4.578,
      lostWrites: 45,
      lastAcknowledged: acknowledged,
      lastRecovered: recovered,
    });
  });

  it('is nothing when the target has more than the source had acknowledged', () => {
    const recovered = { sequence: 8, at: time(2) };
    expect(recoveryPoint({ sequence: 7, at: time(1) }, recovered)).toMatchObject({ seconds: 0, lostWrites: 0 });
  });
});

describe('recoveryTime', () => {
  const rto = (...humanWaits: readonly HumanWait[]) =>
    recoveryTime({ from: 'loss', startedAt: time(100), servedAt: time(160.25), humanWaits });

  it('is all machine time when nobody was waited for', () => {
    expect(rto()).toEqual({
      totalSeconds: 60.25,
      machineSeconds: 60.25,
      humanWaitSeconds: 0,
      ifApprovedAtOnceSeconds: 60.25,
      from: 'loss',
      startedAt: time(100),
      servedAt: time(160.25),
    });
  });

  it('tells the waits for people apart, and which of them were for the approval', () => {
    expect(
      rto({ from: time(110), to: time(130), kind: 'approval' }, { from: time(140), to: time(145), kind: 'cutover' }),
    ).toMatchObject({ machineSeconds: 35.25, humanWaitSeconds: 25, ifApprovedAtOnceSeconds: 40.25 });
  });

  it('counts only what lies within, and that once', () => {
    expect(
      rto(
        { from: time(50), to: time(90), kind: 'approval' },
        { from: time(155), to: time(200), kind: 'cutover' },
        { from: time(90), to: time(110), kind: 'approval' },
        { from: time(105), to: time(107), kind: 'cutover' },
        { from: time(108), to: time(112), kind: 'cutover' },
        { from: time(300), to: time(400), kind: 'approval' },
      ),
    ).toMatchObject({ machineSeconds: 43, humanWaitSeconds: 17.25, ifApprovedAtOnceSeconds: 50.25 });
  });

  it('is never negative', () => {
    const early = recoveryTime({ from: 'fence', startedAt: time(10), servedAt: time(9), humanWaits: [] });
    expect(early).toMatchObject({ totalSeconds: 0, machineSeconds: 0 });
  });
});

describe('objectives', () => {
  const rpo = recoveryPoint({ sequence: 9, at: time(5) }, { sequence: 4, at: time(3) });
  const rto = recoveryTime({ from: 'fence', startedAt: time(0), servedAt: time(30), humanWaits: [] });

  it('are not judged when there are none', () => {
    expect(checkRpo(rpo, {}, true)).toBeUndefined();
    expect(checkRto(undefined, undefined)).toBeUndefined();
  });

  it('are met up to the very limit', () => {
    expect(checkRpo(rpo, { rpoSeconds: 2 }, false)).toMatchObject({
      name: 'rpo-objective',
      outcome: 'passed',
      expected: 'at most 2.0 s of acknowledged writes lost',
      observed: '2.0 s, 5 writes lost',
    });
    expect(checkRpo(rpo, { rpoSeconds: 1.999 }, false)).toMatchObject({ outcome: 'failed' });
    expect(checkRto(rto, 30)).toMatchObject({ name: 'rto-objective', outcome: 'passed' });
    expect(checkRto(rto, 29)).toMatchObject({ outcome: 'failed' });
  });

  it('say of a drill that gives its clients back what a failover would have lost', () => {
    expect(checkRpo(rpo, { rpoSeconds: 2 }, true)).toMatchObject({
      expected: 'at most 2.0 s of acknowledged writes would have been lost in a failover',
      observed: '2.0 s, 5 writes would have been lost in a failover',
    });
  });

  it('count what grew while people decided only if the plan says so', () => {
    const slow = { ...rpo, whileDeciding: { seconds: 40, estimatedWrites: 100 } };
    expect(checkRpo(slow, { rpoSeconds: 30 }, false)).toMatchObject({
      outcome: 'passed',
      observed: '2.0 s, 5 writes, and 40.0 s more while people decided, lost',
    });
    expect(checkRpo(slow, { rpoSeconds: 30, countDeciding: true }, false)).toMatchObject({
      outcome: 'failed',
      expected: 'at most 30.0 s of acknowledged writes lost, what grew while people decided included',
    });
    expect(checkRpo(slow, { rpoSeconds: 42, countDeciding: true }, false)).toMatchObject({ outcome: 'passed' });
    expect(checkRpo(rpo, { rpoSeconds: 2, countDeciding: true }, false)).toMatchObject({ outcome: 'passed' });
  });

  it('are not met by what was not measured', () => {
    expect(checkRpo(undefined, { rpoSeconds: 1 }, false)).toMatchObject({
      outcome: 'failed',
      observed: 'not measured',
    });
    expect(checkRto(undefined, 1)).toMatchObject({ outcome: 'failed', observed: 'not measured' });
  });
});
