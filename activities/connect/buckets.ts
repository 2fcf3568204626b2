import type { Materials } from '../ports/materials.js';
import type { ObjectStore, ObjectStoreOptions } from '../../systems/object-store/client.js';
import { countingBytes } from '../patience/step-run.js';
import type { Buckets } from '../ports/buckets.js';

export interface BucketsPorts {
  readonly materials: Pick<Materials, 'read'>;
  readonly connect: (options: ObjectStoreOptions) => ObjectStore;
}

/** Resolves a bucket's credentials at the last moment and connects. The step that asks hears of every byte that comes. */
export const createBuckets = ({ materials, connect }: BucketsPorts): Buckets => ({
  async with({ name, accessKeyId, secretAccessKey, sessionToken, ...place }, step) {
    const store = connect({
      ...place,
      bucket: name,
      ...countingBytes(),
      ...(accessKeyId !== undefined && { accessKeyId: await materials.read(accessKeyId) }),
      ...(secretAccessKey !== undefined && { secretAccessKey: await materials.read(secretAccessKey) }),
      ...(sessionToken !== undefined && { sessionToken: await materials.read(sessionToken) }),
    });
    try {
      return await step(store);
    } finally {
      store.close();
    }
  },
});
