import type { Check } from '../../domain/checks.js';
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
      const store = await buckets.open(bucket);
      await (side === 'source' ? store.probeWrite(probePrefix) : store.probeRead(probePrefix));
      return { passed: true, observed: `done in bucket ${bucket.name} at ${bucket.endpoint}` };
    },
  );

export interface CheckTargetStorageInput {
  readonly bucket: Bucket;
}

/** Checks the target's way to the bucket once more, right before the restore needs it. */
export const createCheckTargetStorage = ({ buckets }: Pick<ActivityPorts, 'buckets'>) =>
  async function checkTargetStorage({ bucket }: CheckTargetStorageInput): Promise<Check> {
    return checkStorage(buckets, 'target', bucket);
  };
