/** Runs single steps as activities, over real servers: references are resolved from a table, all else is the program's own. */
import { createLogIn } from '../../infra/connect/credentials/log-in.js';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createBuckets } from '../../activities/connect/buckets.js';
import type { Buckets } from '../../activities/ports/buckets.js';
import type { Sites } from '../../activities/ports/sites.js';
import { createSites } from '../../activities/connect/sites.js';
import type { Materials } from '../../activities/ports/materials.js';
import type { Bucket, MaterialRef } from '../../domain/pair/topology.js';
import { createObjectStore, type ObjectStoreOptions } from '../../systems/object-store/client.js';
import { createOpenBao } from '../../systems/openbao/api/client.js';

/** Failures are what these tests are about: only the worker would log them. */
export const runActivity = <Input, Result>(
  activity: (input: Input) => Promise<Result>,
  input: Input,
): Promise<Result> => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(activity, input);

export const ref = (name: string): MaterialRef => `lane:local/${name}`;

export interface TestPorts {
  readonly sites: Sites;
  readonly buckets: Buckets;
  readonly materials: Pick<Materials, 'read'>;
}

export const portsOver = (secrets: Readonly<Record<string, string>>): TestPorts => {
  const materials = {
    async read(reference: MaterialRef) {
      const found = Object.entries(secrets).find(([name]) => ref(name) === reference);
      if (found === undefined) throw new Error(`no material ${reference}`);
      return found[1];
    },
  };
  return {
    sites: createSites({ references: materials, logIn: createLogIn(), connect: createOpenBao }),
    buckets: createBuckets({ references: materials, connect: createObjectStore }),
    materials,
  };
};

/** A test server's bucket as a topology names it, with keys to be found under these names. */
export const bucketOf = (
  { endpoint, region, bucket, forcePathStyle }: ObjectStoreOptions,
  accessKeyId: string,
  secretAccessKey: string,
): Bucket => ({
  endpoint,
  region,
  name: bucket,
  forcePathStyle,
  accessKeyId: ref(accessKeyId),
  secretAccessKey: ref(secretAccessKey),
});
