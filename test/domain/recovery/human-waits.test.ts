import { describe, expect, it } from 'vitest';
import { type HumanWait, humanMsIn, humanSecondsIn } from '../../../domain/recovery/human-waits.js';

const time = (seconds: number): string => new Date(Date.UTC(2026, 0, 2) + seconds * 1000).toISOString();
const wait = (from: number, to: number, kind: HumanWait['kind'] = 'approval'): HumanWait => ({
  from: time(from),
  to: time(to),
  kind,
});
const interval = { from: time(100), to: time(160) };

describe('the time that people took', () => {
  it.each<[string, readonly HumanWait[], number]>([
    ['is nothing without a wait', [], 0],
    ['adds waits of every kind', [wait(110, 120), wait(130, 133.5, 'cutover')], 13_500],
    ['counts overlapping waits once', [wait(110, 130), wait(120, 140, 'cutover'), wait(125, 126)], 30_000],
    ['leaves out what lies outside', [wait(0, 99), wait(90, 105), wait(155, 300), wait(161, 162)], 10_000],
    ['takes waits in any order', [wait(150, 155), wait(110, 120)], 15_000],
    ['ignores a wait that ends before it begins', [wait(130, 120)], 0],
  ])('%s', (_, waits, ms) => {
    expect(humanMsIn(waits, interval)).toBe(ms);
    expect(humanSecondsIn(waits, interval)).toBe(ms / 1000);
  });
});
