import type { Bucket } from '../../domain/pair/topology.js';
import type { ObjectStore } from '../../systems/object-store/client.js';

export interface Buckets {
  /** Opens the bucket for the step, and closes its connections however the step ended. */
  with<T>(bucket: Bucket, step: (store: ObjectStore) => Promise<T>): Promise<T>;
}
