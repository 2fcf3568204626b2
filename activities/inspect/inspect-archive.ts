import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cancellationSignal } from '@temporalio/activity';
import { type Check, check } from '../../domain/run/checks.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { Snapshot } from '../../domain/report/report.js';
import type { SnapshotInspection } from '../../domain/snapshot/inspection.js';
import type { Bucket } from '../../domain/pair/topology.js';
import type { ObjectStore } from '../../systems/object-store/client.js';
import { inspectSnapshot } from '../../systems/openbao/snapshot/inspect-snapshot.js';
import { isSnapshotFailure } from '../../systems/openbao/snapshot/failures.js';
import { readSnapshot } from '../../systems/openbao/snapshot/read-snapshot.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { countOf, exactBytes } from '../../domain/units.js';

export interface InspectArchiveInput {
  /** The bucket as the target reaches it, with another identity than the writer of the object. */
  readonly bucket: Bucket;
  readonly snapshot: Snapshot;
  /**
   * The drill whose report folder takes a list that is too long for the report. Absent in runs that an earlier version began.
   */
  readonly drillId?: string;
}

export interface InspectedArchive {
  /** `archive-integrity` of the object in the bucket, and `flipped-byte-refused`. */
  readonly checks: readonly Check[];
  readonly inspection: SnapshotInspection;
}

/**
 * Reads the snapshot back from the bucket, without any key: it must be the very object that was recorded, and whole. Then the
 * negative control: the same bytes with one of them flipped must be refused by the same reader. If a store has more groups than
 * an inspection lists, `inspection.json` beside the report lists all.
 *
 * @throws KnownFailure `SnapshotChanged`: size or SHA-256 are not the recorded ones.
 * @throws KnownFailure of the reader: the archive is damaged.
 */
export const createInspectArchive = ({ buckets, reports }: Pick<ActivityPorts, 'buckets' | 'reports'>) =>
  async function inspectArchive({ bucket, snapshot, drillId }: InspectArchiveInput): Promise<InspectedArchive> {
    return buckets.with(bucket, async (store) => {
      const { key, versionId } = snapshot;
      const { body } = await store.download({ key, versionId, signal: cancellationSignal() });
      const { summary, inspection, groups } = await inspectSnapshot(body);
      if (summary.sha256 !== snapshot.sha256 || summary.sizeBytes !== snapshot.sizeBytes) {
        throw new KnownFailure(
          'SnapshotChanged',
          'The object in the bucket is not the snapshot that was recorded, so nothing was restored: find out what changed it.',
          { facts: { key: snapshot.key, expectedBytes: snapshot.sizeBytes, seenBytes: summary.sizeBytes } },
        );
      }
      const { otherGroups } = inspection;
      const listedIn =
        otherGroups === undefined || drillId === undefined
          ? undefined
          : await reports.keepBeside(drillId, 'inspection.json', JSON.stringify({ key: snapshot.key, groups }));
      return {
        checks: [
          check(
            'archive-integrity',
            true,
            `the recorded SHA-256 and ${exactBytes(snapshot.sizeBytes)}, four members, recomputed checksums as stated`,
            `read back with the target's credentials: the same SHA-256, checksums as stated, ${countOf(inspection.entries, 'entry', 'entries')}`,
          ),
          await checkFlippedByte(store, snapshot),
        ],
        inspection: listedIn === undefined ? inspection : { ...inspection, otherGroups: { ...otherGroups!, listedIn } },
      };
    });
  };

/** A reader that accepts everything would find every archive whole. */
const checkFlippedByte = async (store: ObjectStore, snapshot: Snapshot): Promise<Check> => {
  const at = Math.floor(snapshot.sizeBytes / 2);
  const refusal = await refusalOfFlipped(store, snapshot, at);
  return check(
    'flipped-byte-refused',
    refusal !== undefined,
    `a copy with one bit of byte ${at} flipped is refused`,
    refusal === undefined ? 'accepted: the check of the archive cannot fail' : `refused: ${refusal.type}`,
  );
};

const refusalOfFlipped = async (
  store: ObjectStore,
  { key, versionId }: Snapshot,
  at: number,
): Promise<KnownFailure | undefined> => {
  const { body } = await store.download({ key, versionId, signal: cancellationSignal() });
  const flipped = flipBitAt(at);
  try {
    await Promise.all([pipeline(body, flipped), readSnapshot(flipped)]);
    return undefined;
  } catch (error) {
    if (isKnownFailure(error) && isSnapshotFailure(error)) return error;
    throw error;
  }
};

const flipBitAt = (at: number): Transform => {
  let seenBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const inside = at - seenBytes;
      seenBytes += chunk.length;
      if (inside < 0 || inside >= chunk.length) return done(null, chunk);
      const changed = Buffer.from(chunk);
      changed[inside] = changed[inside]! ^ 1;
      done(null, changed);
    },
  });
};
