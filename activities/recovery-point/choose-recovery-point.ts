import { cancellationSignal } from '@temporalio/activity';
import { KnownFailure } from '../../domain/known-failure.js';
import type { SecretStores } from '../../domain/pair/secret-stores.js';
import type { Check } from '../../domain/run/checks.js';
import { asCandidate, type Candidate } from '../../domain/snapshot/recovery-point/candidate.js';
import {
  openSearch,
  type RecoveryPointChoice,
  type RecoveryPointSearch,
} from '../../domain/snapshot/recovery-point/choice.js';
import { ageOf, checkFreshness } from '../../domain/snapshot/recovery-point/freshness.js';
import { nothingFound } from '../../domain/snapshot/recovery-point/nothing-found.js';
import { describePlace, type SnapshotPlace } from '../../domain/snapshot/recovery-point/place.js';
import type { ObjectHead } from '../../systems/object-store/client.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import type { SnapshotStore } from '../ports/snapshot-places.js';

export interface ChooseRecoveryPointInput {
  readonly place: SnapshotPlace;
  readonly choice: RecoveryPointChoice;
  /** The stores of the place's references. Absent: the worker's own. */
  readonly secretStores?: SecretStores | undefined;
  /** The newest snapshot of the place may be as old as this. Absent: of any age. */
  readonly newerThanSeconds?: number | undefined;
}

/** The snapshot that a run restores, bound so that no other is read in its place. */
export interface RecoveryPoint {
  readonly key: string;
  readonly sizeBytes: number;
  /** Names this very content; for the download. */
  readonly etag: string;
  /** The object's version, if the bucket keeps versions. */
  readonly versionId?: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly takenBy: Candidate['takenBy'];
  /** When it was chosen. */
  readonly ageSeconds: number;
}

export interface ChosenRecoveryPoint {
  readonly recoveryPoint: RecoveryPoint;
  /** `recovery-point-fresh`, where the plan limits the age. */
  readonly checks: readonly Check[];
  /** The result of the search; absent if the plan names the key. */
  readonly looked?: Pick<RecoveryPointSearch, 'snapshots' | 'notSnapshots' | 'archived'>;
}

export interface ChoosingTerms {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * Looks through a bucket or a folder once, in the memory of one page, and binds the snapshot that the plan chooses. A choice at random is
 * made here and nowhere else: the history keeps it, so that a replay restores the same one.
 *
 * @throws KnownFailure `RecoveryPointMissing`: there is no snapshot, none of that time, or no such key.
 * @throws KnownFailure `RecoveryPointGone` (a retry may help): it was removed while the step looked.
 * @throws KnownFailure `ObjectArchived`: it lies in an archive class.
 * @throws KnownFailure as bucket or folder do when they cannot be listed: an error is never an empty bucket.
 */
export const createChooseRecoveryPoint = (
  { connectionsWith }: Pick<ActivityPorts, 'connectionsWith'>,
  { now, random }: ChoosingTerms = { now: Date.now, random: Math.random },
) =>
  async function chooseRecoveryPoint({
    place,
    choice,
    secretStores,
    newerThanSeconds,
  }: ChooseRecoveryPointInput): Promise<ChosenRecoveryPoint> {
    return connectionsWith(secretStores).snapshotPlaces.with(place, async (store) => {
      const { key, head, search } =
        choice.way === 'key'
          ? await named(store, place, choice)
          : await searched(store, place, choice, { now, random });
      assertReadable(place, key, head);
      const chosen = asCandidate({ key, sizeBytes: head.sizeBytes, storedAt: head.storedAt ?? isoOf(now()) });
      const newest = search?.newest ?? chosen;
      return {
        recoveryPoint: {
          key,
          sizeBytes: head.sizeBytes,
          etag: head.etag,
          ...(head.versionId !== undefined && { versionId: head.versionId }),
          takenAt: chosen.takenAt,
          takenBy: chosen.takenBy,
          ageSeconds: ageOf(chosen, now()),
        },
        checks: newerThanSeconds === undefined ? [] : [checkFreshness(newest, newerThanSeconds, now())],
        ...(search !== undefined && {
          looked: { snapshots: search.snapshots, notSnapshots: search.notSnapshots, archived: search.archived },
        }),
      };
    });
  };

interface Found {
  readonly key: string;
  readonly head: ObjectHead;
  readonly search?: RecoveryPointSearch;
}

const named = async (
  store: SnapshotStore,
  place: SnapshotPlace,
  { key, versionId }: Extract<RecoveryPointChoice, { way: 'key' }>,
): Promise<Found> => {
  const head = await store.head(key, versionId);
  if (head !== undefined) return { key, head: { ...(versionId !== undefined && { versionId }), ...head } };
  const what = versionId === undefined ? key : `${key} in version ${versionId}`;
  throw new KnownFailure('RecoveryPointMissing', `${describePlace(place)} does not hold ${what}: check the key.`);
};

const searched = async (
  store: SnapshotStore,
  place: SnapshotPlace,
  choice: Exclude<RecoveryPointChoice, { way: 'key' }>,
  { now, random }: ChoosingTerms,
): Promise<Found> => {
  const open = openSearch(choice, { now: now(), random });
  const signal = cancellationSignal();
  for await (const object of store.objects(place.kind === 'bucket' ? place.prefix : '', signal)) {
    open.look({ ...object, storedAt: object.storedAt ?? isoOf(now()) });
  }
  const search = open.end();
  const { chosen } = search;
  if (chosen === undefined) throw nothingFound(describePlace(place), choice, search);
  const head = await store.head(chosen.key);
  if (head === undefined) {
    throw new KnownFailure('RecoveryPointGone', `${chosen.key} was removed while it was chosen: choose again.`, {
      retryable: true,
    });
  }
  return { key: chosen.key, head: { storedAt: chosen.storedAt, ...head }, search };
};

const assertReadable = (place: SnapshotPlace, key: string, { archived }: ObjectHead): void => {
  if (archived === undefined) return;
  const { storageClass, restoring } = archived;
  const whatToDo = restoring ? 'wait until its restore in the bucket is done' : 'restore it in the bucket first';
  throw new KnownFailure(
    'ObjectArchived',
    `The snapshot ${key} under ${describePlace(place)} lies in the archive class ${storageClass} and cannot be read: ${whatToDo}, or choose a younger one.`,
  );
};

const isoOf = (ms: number): string => new Date(ms).toISOString();
