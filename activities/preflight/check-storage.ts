import type { Check } from '../../domain/run/checks.js';
import type { Snapshot } from '../../domain/report/report.js';
import type { Bucket, PairSide } from '../../domain/pair/topology.js';
import { observeCheck } from '../observing/observe-check.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import type { Buckets } from '../ports/buckets.js';
import { exactBytes } from '../../domain/units.js';

const probePrefix = 'openbao-dr-probe';

/** A store without `If-None-Match` is no failure, because the keys of snapshots have a random end. */
const unguarded =
  '; it takes no conditional writes, so only a look before each upload keeps a snapshot from being overwritten';

/** The bucket as one side reaches it: the source has to write there, the target to read. */
export const checkStorage = (buckets: Buckets, side: PairSide, bucket: Bucket): Promise<Check> =>
  observeCheck(
    `storage-reachable-from-${side}`,
    side === 'source' ? 'an object written, read and removed' : 'the bucket read',
    () =>
      buckets.with(bucket, async (store) => {
        const place = `bucket ${bucket.name} at ${bucket.endpoint}`;
        if (side === 'target') {
          await store.probeRead(probePrefix);
          return { passed: true, observed: `done in ${place}` };
        }
        const { overwriting } = await store.probeWrite(probePrefix);
        return { passed: true, observed: `done in ${place}${overwriting === 'by-the-store' ? '' : unguarded}` };
      }),
  );

export interface CheckTargetStorageInput {
  /** The bucket as the target reaches it. */
  readonly bucket: Bucket;
  readonly snapshot: Pick<Snapshot, 'key' | 'sizeBytes' | 'versionId'>;
}

/**
 * Checks the target's way once more, right before the restore needs it, up to the snapshot itself: an identity that may list
 * the bucket may still not read the object.
 */
export const createCheckTargetStorage = ({ buckets }: Pick<ActivityPorts, 'buckets'>) =>
  async function checkTargetStorage({ bucket, snapshot }: CheckTargetStorageInput): Promise<Check> {
    const { key, sizeBytes, versionId } = snapshot;
    return observeCheck('storage-reachable-from-target', `the snapshot with its ${exactBytes(sizeBytes)}`, async () => {
      const head = await buckets.with(bucket, (store) => store.head(key, versionId));
      const observed = head === undefined ? `no object ${key}` : `${exactBytes(head.sizeBytes)} at ${key}`;
      return {
        passed: head?.sizeBytes === sizeBytes,
        observed: `${observed} in bucket ${bucket.name} at ${bucket.endpoint}`,
      };
    });
  };
