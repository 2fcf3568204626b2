import { expect, it } from 'vitest';
import type { RecoveryPointSearch } from '../../../../domain/snapshot/recovery-point/choice.js';
import { nothingFound } from '../../../../domain/snapshot/recovery-point/nothing-found.js';

const none = { count: 0, examples: [] };
const said = (search: Partial<RecoveryPointSearch>, way: 'newest' | 'at' | 'random' = 'newest') => {
  const choice =
    way === 'at' ? { way, time: '2026-11-27T00:00:00Z' } : way === 'random' ? { way, withinSeconds: 86_400 } : { way };
  return nothingFound('s3://backups/prod/', choice, { snapshots: 0, notSnapshots: none, archived: none, ...search })
    .message;
};

it.each([
  [
    'an empty prefix',
    said({}),
    'There is nothing under s3://backups/prod/: check the place, and the program that takes the snapshots.',
  ],
  [
    'a prefix of other objects',
    said({ notSnapshots: { count: 7, examples: ['a.txt', 'b.txt'] } }),
    'None of the 7 objects under s3://backups/prod/ is named as a snapshot (a.txt, b.txt, …): check the place, or name the snapshot by its key.',
  ],
  [
    'snapshots of other times',
    said({ snapshots: 3 }, 'at'),
    'None of the 3 snapshots under s3://backups/prod/ was taken by then: choose another time.',
  ],
  [
    'a window without any',
    said({ snapshots: 3 }, 'random'),
    'None of the 3 snapshots under s3://backups/prod/ was taken within that time: choose another time.',
  ],
  [
    'a window of archived ones',
    said({ snapshots: 3, archived: { count: 1, examples: ['x.snap'] } }, 'random'),
    'The snapshots under s3://backups/prod/ that fit the choice lie in an archive class (x.snap): restore one of them in the bucket, or choose among younger ones.',
  ],
])('%s is named', (_, message, expected) => {
  expect(message).toBe(expected);
});
