import { describe, expect, it } from 'vitest';
import { checkRpo, checkRto, type HumanWait, recoveryPoint, recoveryTime } from '../../domain/objectives.js';

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
    expect(checkRpo(rpo, undefined)).toBeUndefined();
    expect(checkRto(undefined, undefined)).toBeUndefined();
  });

  it('are met up to the very limit', () => {
    expect(checkRpo(rpo, 2)).toMatchObject({
      name: 'rpo-objective',
      outcome: 'passed',
      observed: '2 s lost, 5 writes',
    });
    expect(checkRpo(rpo, 1.999)).toMatchObject({ outcome: 'failed' });
    expect(checkRto(rto, 30)).toMatchObject({ name: 'rto-objective', outcome: 'passed' });
    expect(checkRto(rto, 29)).toMatchObject({ outcome: 'failed' });
  });

  it('are not met by what was not measured', () => {
    expect(checkRpo(undefined, 1)).toMatchObject({ outcome: 'failed', observed: 'not measured' });
    expect(checkRto(undefined, 1)).toMatchObject({ outcome: 'failed', observed: 'not measured' });
  });
});
