import { type Check, check } from '../../domain/run/checks.js';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Snapshot } from '../../domain/report/report.js';
import type { ObjectStore } from '../../systems/object-store/client.js';
import type { SnapshotSummary } from '../../systems/openbao/snapshot/read-snapshot.js';
import { exactBytes } from '../../domain/units.js';

export const sidecarOf = (key: string): string => `${key}.json`;

/** Describes an archive that was read to its end, as the drill's recovery point. */
export const snapshotFrom = (
  { sizeBytes, sha256, index }: SnapshotSummary,
  { key, takenAt, versionId, takenFrom }: Pick<Snapshot, 'key' | 'takenAt' | 'versionId' | 'takenFrom'>,
): Snapshot => ({
  key,
  sizeBytes,
  sha256,
  takenAt,
  index,
  ...(versionId !== undefined && { versionId }),
  ...(takenFrom !== undefined && { takenFrom }),
});

/**
 * Keeps key, size and digest in a small object beside the snapshot (`<key>.json`), because object metadata can only be set
 * before the first byte, when the digest is not known.
 */
export const writeSidecar = (
  store: ObjectStore,
  snapshot: Snapshot,
  { term, stateSha256 }: SnapshotSummary,
): Promise<void> =>
  store.putText(sidecarOf(snapshot.key), `${JSON.stringify({ ...snapshot, term, stateSha256 }, undefined, 2)}\n`);

/** The archive was whole while it was read; the object in the bucket has to be all of it. */
export const archiveIntegrity = (sizeBytes: number, storedBytes: number | undefined): Check =>
  check(
    'archive-integrity',
    storedBytes === sizeBytes,
    `four members, recomputed checksums as recorded, ${exactBytes(sizeBytes)} in the bucket`,
    `checksums as recorded, ${storedBytes === undefined ? 'nothing' : exactBytes(storedBytes)} in the bucket`,
  );

/** OpenBao answers 200 before it knows whether saving succeeds, so an archive that was cut short may be whole the next time. */
export const worthAnother = ({ type, message }: KnownFailure): KnownFailure =>
  new KnownFailure(type, message, { retryable: true });
