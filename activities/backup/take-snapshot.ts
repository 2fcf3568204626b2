import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cancellationSignal } from '@temporalio/activity';
import type { Check } from '../../domain/run/checks.js';
import type { Snapshot } from '../../domain/report/report.js';
import { snapshotKey } from '../../domain/snapshot/key.js';
import type { Bucket, SourceSite } from '../../domain/pair/topology.js';
import type { ObjectStore } from '../../systems/object-store/client.js';
import { gatherChunks } from '../../systems/streams/gather-chunks.js';
import { createArchiveInspector } from '../../systems/openbao/snapshot/archive-inspector.js';
import type { NodeKind } from '../../systems/openbao/api/active-node.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import type { SealAnswersPorts } from '../seal-proof/seal-answers.js';
import { archiveIntegrity, sidecarOf, snapshotFrom, writeSidecar } from './keep-snapshot.js';
import { takingWhole } from './whole-snapshot.js';

export interface TakeSnapshotInput {
  readonly source: SourceSite;
  /** The bucket as the source reaches it. */
  readonly destination: Bucket;
}

export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  /** `archive-integrity`. */
  readonly check: Check;
}

export type TakeSnapshotPorts = SealAnswersPorts & Pick<ActivityPorts, 'buckets'>;

/**
 * Streams a snapshot of the source into the bucket, hashes it and checks its archive on the way: it never touches the disk, and
 * memory stays flat. Its description is kept beside it ({@link writeSidecar}). A repeated attempt takes a new snapshot under a
 * new key; a failed attempt removes its object from the bucket, if the bucket can be reached.
 *
 * @throws KnownFailure as {@link takingWhole}: OpenBao sent an archive that is not whole.
 */
export const createTakeSnapshot = (ports: TakeSnapshotPorts) =>
  async function takeSnapshot({ source, destination }: TakeSnapshotInput): Promise<TakenSnapshot> {
    const { sites, buckets } = ports;
    const signal = cancellationSignal();

    const takeOne = async (store: ObjectStore): Promise<TakenSnapshot> => {
      const takenAt = new Date();
      const key = snapshotKey(source.clusterName, takenAt, randomBytes(4).toString('hex'));
      let node: NodeKind | undefined;
      try {
        const { summary, uploaded } = await sites.withLogin(source, source.backup, async (session) =>
          streamInto(store, key, await session.downloadSnapshot({ signal, onNode: (kind) => (node = kind) }), signal),
        );
        const snapshot = snapshotFrom(summary, {
          key,
          takenAt: takenAt.toISOString(),
          ...uploaded,
          ...(node && { takenFrom: node }),
        });
        const stored = await store.head(key, uploaded.versionId);
        await writeSidecar(store, snapshot, summary);
        return { snapshot, check: archiveIntegrity(snapshot.sizeBytes, stored?.sizeBytes) };
      } catch (error) {
        // Removes the object after any failure, because an upload whose answer was lost may have left it. The key is this
        // attempt's own.
        await Promise.allSettled([store.remove(key), store.remove(sidecarOf(key))]);
        throw error;
      }
    };
    return buckets.with(destination, (store) => takingWhole(ports, source, () => takeOne(store)));
  };

/** Uploads the archive, and describes it once it was found whole. */
const streamInto = async (store: ObjectStore, key: string, archive: Readable, signal: AbortSignal) => {
  const inspector = createArchiveInspector();
  const body = inspector.stream;
  // Both run side by side: the upload pulls what the pipeline pushes, and the failure of one ends the other.
  const uploading = store.upload({ key, body, signal });
  await allEnded(
    pipeline(archive, gatherChunks(), body),
    uploading.catch((error: unknown) => {
      body.destroy(error as Error);
      throw error;
    }),
  );
  return { summary: await inspector.result, uploaded: await uploading };
};

/** Waits for all of them, so that no clean-up goes on afterwards, and throws the first failure, which caused the others. */
const allEnded = async (...running: readonly Promise<unknown>[]): Promise<void> => {
  const failures: unknown[] = [];
  await Promise.all(running.map((one) => one.catch((error: unknown) => failures.push(error))));
  if (failures.length > 0) throw failures[0];
};
