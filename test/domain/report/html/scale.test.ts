import { describe, expect, it } from 'vitest';
import { createScale } from '../../../../domain/report/html/scale.js';
import type { Interval } from '../../../../domain/report/sections/course/timeline.js';

const seconds = (from: number, to: number): Interval => ({ fromMs: from * 1000, toMs: to * 1000 });

describe('the scale of a timeline', () => {
  it('puts every moment where its time is', () => {
    const { position, broken } = createScale(seconds(100, 140), []);
    expect(broken).toBe(false);
    expect([100, 110, 120, 140].map((at) => position(at * 1000))).toEqual([0, 0.25, 0.5, 1]);
  });

  it('puts what lies outside to the nearest end', () => {
    const { position } = createScale(seconds(10, 20), []);
    expect([position(0), position(99_000)]).toEqual([0, 1]);
  });

  it('leaves a short wait to scale', () => {
    const { position, broken } = createScale(seconds(0, 100), [seconds(50, 70)]);
    expect(broken).toBe(false);
    expect(position(60_000)).toBeCloseTo(0.6);
  });

  it('draws a long wait shorter, and keeps everything else to scale with each other', () => {
    const { position, broken } = createScale(seconds(0, 3640), [seconds(20, 3620)]);
    expect(broken).toBe(true);
    expect(position(20_000)).toBeCloseTo(0.41);
    expect(position(3_620_000) - position(20_000)).toBeCloseTo(0.18);
    expect(position(10_000)).toBeCloseTo(position(3_630_000) - position(3_620_000));
    expect(position(3_640_000)).toBeCloseTo(1);
  });

  it('never runs backwards, whatever the waits are', () => {
    const waits = [seconds(90, 200), seconds(-50, 5), seconds(30, 60), seconds(40, 50), seconds(70, 70)];
    const { position } = createScale(seconds(0, 100), waits);
    const places = Array.from({ length: 201 }, (_, half) => position(half * 500));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect([places[0], places[200]]).toEqual([0, expect.closeTo(1) as unknown]);
  });

  it('has at most seven ticks at round times, each where its time is', () => {
    for (const length of [3, 40, 59, 300, 4000, 100_000]) {
      const { ticks, position } = createScale(seconds(0, length), []);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThanOrEqual(7);
      for (const tick of ticks) expect(tick.at).toBeCloseTo(position(tick.seconds * 1000));
    }
    expect(createScale(seconds(0, 40), []).ticks.map((tick) => tick.seconds)).toEqual([0, 10, 20, 30]);
  });

  it('counts ticks without a wait that is drawn shorter', () => {
    const { ticks, position } = createScale(seconds(0, 3640), [seconds(20, 3620)]);
    expect(ticks.map((tick) => tick.seconds)).toEqual([0, 10, 20, 30]);
    expect(ticks[3]!.at).toBeCloseTo(position(3_630_000));
  });

  it('does with a drill that took no time, and with one that only waited', () => {
    expect(createScale(seconds(5, 5), []).position(5000)).toBe(0);
    const { broken, position } = createScale(seconds(0, 10), [seconds(0, 10)]);
    expect(broken).toBe(false);
    expect(position(5000)).toBe(0.5);
  });
});
