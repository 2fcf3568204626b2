import { KnownFailure } from '../../known-failure.js';
import { countOf } from '../../units.js';
import type { PassedOver, RecoveryPointChoice, RecoveryPointSearch } from './choice.js';

/** Why a listing that came to its end holds no recovery point: nothing there, nothing named so, or nothing of that time. */
export const nothingFound = (place: string, choice: RecoveryPointChoice, search: RecoveryPointSearch): KnownFailure => {
  const { newest } = search;
  return new KnownFailure('RecoveryPointMissing', sentenceOf(place, choice, search), {
    facts: newest === undefined ? {} : { newest: newest.key, takenAt: newest.takenAt },
  });
};

const sentenceOf = (
  place: string,
  choice: RecoveryPointChoice,
  { snapshots, notSnapshots, archived }: RecoveryPointSearch,
): string => {
  if (snapshots === 0 && notSnapshots.count === 0) {
    return `There is nothing under ${place}: check the place, and the program that takes the snapshots.`;
  }
  if (snapshots === 0) {
    return `None of the ${countOf(notSnapshots.count, 'object')} under ${place} is named as a snapshot (${listed(notSnapshots)}): check the place, or name the snapshot by its key.`;
  }
  if (archived.count > 0) {
    return `The snapshots under ${place} that fit the choice lie in an archive class (${listed(archived)}): restore one of them in the bucket, or choose among younger ones.`;
  }
  const wanted = choice.way === 'at' ? 'was taken by then' : 'was taken within that time';
  return `None of the ${countOf(snapshots, 'snapshot')} under ${place} ${wanted}: choose another time.`;
};

const listed = ({ count, examples }: PassedOver): string =>
  `${examples.join(', ')}${count > examples.length ? ', …' : ''}`;
