import type { Bucket } from '../../domain/pair/topology.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface TagSnapshotInput {
  readonly bucket: Bucket;
  readonly key: string;
  readonly result: string;
}

/** Tags the object with the time and result of the drill, for readers of the bucket. Safe to repeat. */
export const createTagSnapshot = ({ buckets }: Pick<ActivityPorts, 'buckets'>) =>
  async function tagSnapshot({ bucket, key, result }: TagSnapshotInput): Promise<void> {
    await buckets.with(bucket, (store) => store.tag(key, { 'drilled-at': new Date().toISOString(), result }));
  };
