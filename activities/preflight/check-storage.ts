import type { Check } from '../../domain/checks.js';
import type { Snapshot } from '../../domain/report.js';
import type { Bucket, PairSide } from '../../domain/topology.js';
import { observeCheck } from '../observe-check.js';
import type { ActivityPorts, Buckets } from '../ports.js';

const probePrefix = 'openbao-dr-probe';

/** The bucket as one side reaches it: the source has to write there, the target to read. */
export const checkStorage = (buckets: Buckets, side: PairSide, bucket: Bucket): Promise<Check> =>
  observeCheck(
    `storage-reachable-from-${side}`,
    side === 'source' ? 'an object written, read and removed' : 'the bucket read',
    async () => {
      await buckets.with(bucket, (store) =>
        side === 'source' ? store.probeWrite(probePrefix) : store.probeRead(probePrefix),
      );
      return { passed: true, observed: `done in bucket ${bucket.name} at ${bucket.endpoint}` };
    },
  );

export interface CheckTargetStorageInput {
  /** The bucket as the target reaches it. */
  readonly bucket: Bucket;
  readonly snapshot: Pick<Snapshot, 'key' | 'sizeBytes'>;
}

/**
 * Checks the target's way once more, right before the restore needs it, and as far as the snapshot itself: an identity
 * that may list the bucket may still not be allowed to read the object.
 */
export const createCheckTargetStorage = ({ buckets }: Pick<ActivityPorts, 'buckets'>) =>
  async function checkTargetStorage({ bucket, snapshot }: CheckTargetStorageInput): Promise<Check> {
    const { key, sizeBytes } = snapshot;
    return observeCheck('storage-reachable-from-target', `the snapshot with its ${sizeBytes} bytes`, async () => {
      const head = await buckets.with(bucket, (store) => store.head(key));
      const observed = head === undefined ? `no object ${key}` : `${head.sizeBytes} bytes at ${key}`;
      return {
        passed: head?.sizeBytes === sizeBytes,
        observed: `${observed} in bucket ${bucket.name} at ${bucket.endpoint}`,
      };
    });
  };
