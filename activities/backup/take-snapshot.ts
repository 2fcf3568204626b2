import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cancellationSignal } from '@temporalio/activity';
import { type Check, check } from '../../domain/checks.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import type { Snapshot } from '../../domain/report.js';
import { snapshotKey } from '../../domain/snapshot-key.js';
import type { Bucket, SourceSite } from '../../domain/topology.js';
import { createArchiveInspector } from '../../systems/openbao/archive-check.js';
import type { ActivityPorts } from '../ports.js';

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

/**
 * Streams a snapshot of the source into the bucket: hashed and its archive checked on the way, never on disk, memory flat
 * whatever its size. Key, size and digest are kept in a small object beside it (`<key>.json`), for object metadata can
 * only be set before the first byte, when nobody knows the digest. A repeated attempt takes a new snapshot under a new
 * key; one that failed leaves no object.
 *
 * @throws KnownFailure `SnapshotMalformed`: OpenBao sent an archive that is not whole; a retry takes another.
 */
export const createTakeSnapshot = ({ sites, buckets }: Pick<ActivityPorts, 'sites' | 'buckets'>) =>
  async function takeSnapshot({ source, destination }: TakeSnapshotInput): Promise<TakenSnapshot> {
    const signal = cancellationSignal();
    const store = await buckets.open(destination);
    const takenAt = new Date();
    const key = snapshotKey(source.clusterName, takenAt, randomBytes(4).toString('hex'));
    const inspector = createArchiveInspector();
    const meter = createMeter();

    const stream = sites.withLogin(source, source.backup, async (session) => {
      const archive = await session.downloadSnapshot({ signal });
      const body = new PassThrough();
      // Side by side: the upload pulls what the pipeline pushes, and either's failure ends the other.
      await Promise.all([
        pipeline(archive, inspector.stream, meter.stream, body),
        store.upload({ key, body, signal }).catch((error: unknown) => {
          body.destroy(error as Error);
          throw error;
        }),
      ]);
    });
    await stream.catch((error: unknown) => {
      throw isKnownFailure(error, 'SnapshotMalformed') ? worthAnother(error) : error;
    });

    const { index, term, stateSha256 } = await inspector.result;
    const snapshot: Snapshot = { key, ...meter.read(), takenAt: takenAt.toISOString(), index };
    const stored = await store.head(key);
    await store.putText(`${key}.json`, `${JSON.stringify({ ...snapshot, term, stateSha256 }, undefined, 2)}\n`);
    return {
      snapshot,
      check: check(
        'archive-integrity',
        stored?.sizeBytes === snapshot.sizeBytes,
        `four members, recomputed checksums as recorded, ${snapshot.sizeBytes} bytes in the bucket`,
        `checksums as recorded, ${stored?.sizeBytes ?? 'no'} bytes in the bucket`,
      ),
    };
  };

/** OpenBao answers 200 before it knows whether saving succeeds: what was cut short may be whole the next time. */
const worthAnother = ({ type, message }: KnownFailure): KnownFailure =>
  new KnownFailure(type, message, { retryable: true });

const createMeter = () => {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, read: () => ({ sizeBytes, sha256: hash.digest('hex') }) };
};
