import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Buckets } from '../../../activities/ports/buckets.js';
import { checkStorage, createCheckTargetStorage } from '../../../activities/preflight/check-storage.js';
import type { Check } from '../../../domain/run/checks.js';
import { startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';
import { bucketOf, portsOver, runActivity } from '../support.js';

const snapshot = { key: 'source/a.snap', sizeBytes: 5 };
let s3: TestS3Server;
let buckets: Buckets;

beforeAll(async () => {
  const may = (...actions: ('Read' | 'List')[]) => ({ bucket: 'test-bucket', actions });
  s3 = await startS3Server('seaweed', [
    { name: 'reader', accessKeyId: 'reader-id', secretAccessKey: 'reader-secret', may: may('Read', 'List') },
    { name: 'lister', accessKeyId: 'lister-id', secretAccessKey: 'lister-secret', may: may('List') },
  ]);
  const names = ['reader-id', 'reader-secret', 'lister-id', 'lister-secret'];
  ({ buckets } = portsOver(Object.fromEntries(names.map((name) => [name, name]))));
  await s3.store.putText(snapshot.key, 'bytes');
});
afterAll(() => s3[Symbol.asyncDispose]());

const bucketAs = (identity: 'reader' | 'lister') => bucketOf(s3.access, `${identity}-id`, `${identity}-secret`);
const checkTarget = (identity: 'reader' | 'lister', change: Partial<typeof snapshot> = {}): Promise<Check> =>
  runActivity(createCheckTargetStorage({ buckets }), {
    bucket: bucketAs(identity),
    snapshot: { ...snapshot, ...change },
  });

it('passes for an identity that can read the snapshot', async () => {
  expect(await checkTarget('reader')).toMatchObject({ name: 'storage-reachable-from-target', outcome: 'passed' });
});

it('fails for an identity that may list the bucket and not read the snapshot, which preflight cannot tell', async () => {
  const before = await runActivity((bucket) => checkStorage(buckets, 'target', bucket), bucketAs('lister'));
  expect(before.outcome).toBe('passed');
  const check = await checkTarget('lister');
  expect(check.outcome).toBe('failed');
  expect(check.observed).toContain('they need s3:GetObject');
});

it('fails when the snapshot is gone or has another size', async () => {
  expect(await checkTarget('reader', { key: 'source/b.snap' })).toMatchObject({ outcome: 'failed' });
  expect(await checkTarget('reader', { sizeBytes: 6 })).toMatchObject({ outcome: 'failed' });
});
