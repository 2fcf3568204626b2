import type { References } from '../ports/references.js';
import type { ObjectStore, ObjectStoreOptions } from '../../systems/object-store/client.js';
import { countingBytes } from '../patience/step-run.js';
import type { Buckets } from '../ports/buckets.js';

export interface BucketsPorts {
  readonly references: References;
  readonly connect: (options: ObjectStoreOptions) => ObjectStore;
}

/** Resolves a bucket's credentials at the last moment and connects. The running step counts every received byte. */
export const createBuckets = ({ references, connect }: BucketsPorts): Buckets => ({
  async with({ name, accessKeyId, secretAccessKey, sessionToken, ca, ...place }, step) {
    const store = connect({
      ...place,
      bucket: name,
      ...countingBytes(),
      ...(accessKeyId !== undefined && { accessKeyId: await references.read(accessKeyId) }),
      ...(secretAccessKey !== undefined && { secretAccessKey: await references.read(secretAccessKey) }),
      ...(ca !== undefined && { caPem: await references.read(ca) }),
      ...(sessionToken !== undefined && { sessionToken: await references.read(sessionToken) }),
    });
    try {
      return await step(store);
    } finally {
      store.close();
    }
  },
});
