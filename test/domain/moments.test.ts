import { expect, it } from 'vitest';
import { clock, exactMoment, exactPeriod, moment, period } from '../../domain/moments.js';

const [early, late, next] = ['2026-01-02T03:04:05.678Z', '2026-01-02T13:04:05Z', '2026-01-03T03:04:05.000Z'] as const;

it('a time is read with its day, to the second or to the tenth', () => {
  expect(moment(early)).toBe('2 Jan 2026, 03:04:05 UTC');
  expect(exactMoment(early)).toBe('2 Jan 2026, 03:04:05.6 UTC');
  expect(exactMoment(late)).toBe('2 Jan 2026, 13:04:05 UTC');
  expect(clock(early)).toBe('03:04:05.6');
});

it('a period names its day once, and both days if there are two', () => {
  expect(period(early, late)).toBe('2 Jan 2026, 03:04:05 to 13:04:05 UTC');
  expect(exactPeriod(early, next)).toBe('2 Jan 2026, 03:04:05.6 UTC to 3 Jan 2026, 03:04:05.0 UTC');
});

it('what is no time in UTC stays as it is', () => {
  for (const text of ['now', '', '2026-13-02T03:04:05Z', '2026-01-02T03:04:05+02:00']) {
    expect([moment(text), exactMoment(text)]).toEqual([text, text]);
  }
});
