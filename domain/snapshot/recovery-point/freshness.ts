import { moment } from '../../moments.js';
import { type Check, check } from '../../run/checks.js';
import { describeSeconds } from '../../units.js';
import type { Candidate } from './candidate.js';

/**
 * The check `recovery-point-fresh`: the newest snapshot of the place is young enough. Whichever snapshot a run restores, a place that
 * gets no new ones is what has to be known.
 *
 * @param now milliseconds since the epoch.
 */
export const checkFreshness = (newest: Candidate, newerThanSeconds: number, now: number): Check => {
  const ageSeconds = ageOf(newest, now);
  return check(
    'recovery-point-fresh',
    ageSeconds <= newerThanSeconds,
    `a snapshot that is at most ${describeSeconds(newerThanSeconds)} old`,
    `the newest, ${newest.key}, is ${describeSeconds(ageSeconds)} old: taken ${describeTaken(newest)}`,
  );
};

/** A snapshot from the future, whose clock is wrong, has the age 0. */
export const ageOf = ({ takenAt }: Pick<Candidate, 'takenAt'>, now: number): number =>
  Math.max(0, (now - Date.parse(takenAt)) / 1000);

/** `27 Nov 2026, 03:00:00 UTC by its name`. */
export const describeTaken = ({ takenAt, takenBy }: Pick<Candidate, 'takenAt' | 'takenBy'>): string =>
  `${moment(takenAt)} ${takenBy === 'name' ? 'by its name' : 'by the time at which it was stored'}`;
