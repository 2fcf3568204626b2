import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSnapshotPlaces } from '../../../activities/connect/snapshot-places.js';
import {
  type ChooseRecoveryPointInput,
  type ChosenRecoveryPoint,
  createChooseRecoveryPoint,
} from '../../../activities/recovery-point/choose-recovery-point.js';
import type { Bucket } from '../../../domain/pair/topology.js';
import { playS3, refuse, type Rule } from '../../support/servers/played-s3.js';
import { startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';
import { bucketOf, portsOver, runActivity } from '../support.js';

const now = Date.parse('2026-11-28T12:00:00Z');

const chooserOver = (
  secrets: Readonly<Record<string, string>>,
  random = () => 0,
): ((input: ChooseRecoveryPointInput) => Promise<ChosenRecoveryPoint>) => {
  const ports = portsOver(secrets);
  const connections = { ...ports, references: ports.materials, snapshotPlaces: createSnapshotPlaces(ports) };
  const choose = createChooseRecoveryPoint({ connectionsWith: () => connections }, { now: () => now, random });
  return (input) => runActivity(choose, input);
};

describe('in a bucket of a real server', () => {
  let s3: TestS3Server;
  let bucket: Bucket;
  let choose: ReturnType<typeof chooserOver>;
  const names = [
    'prod/bao_2026-11-26-0300.snapshot',
    'prod/bao_2026-11-27-0300.snapshot',
    'prod/bao_2026-11-27-0300.sha256',
  ];

  beforeAll(async () => {
    s3 = await startS3Server();
    bucket = bucketOf(s3.access, 'id', 'key');
    choose = chooserOver({ id: s3.access.accessKeyId, key: s3.access.secretAccessKey });
    for (const key of names) await s3.store.upload({ key, body: Readable.from([Buffer.from(key)]) });
  });
  afterAll(() => s3[Symbol.asyncDispose]());

  it('the newest is bound by its size and its etag', async () => {
    const chosen = await choose({ place: { kind: 'bucket', bucket, prefix: 'prod/' }, choice: { way: 'newest' } });
    expect(chosen).toMatchObject({
      recoveryPoint: {
        key: names[1],
        sizeBytes: names[1]!.length,
        etag: (await s3.store.head(names[1]!))!.etag,
        takenAt: '2026-11-27T03:00:00Z',
        takenBy: 'name',
        ageSeconds: 33 * 3600,
      },
      checks: [],
      looked: { snapshots: 2, notSnapshots: { count: 1, examples: [names[2]] } },
    });
  });

  it('a stale bucket is a failed check, whichever snapshot is chosen', async () => {
    const { recoveryPoint, checks } = await choose({
      place: { kind: 'bucket', bucket, prefix: 'prod/' },
      choice: { way: 'oldest' },
      newerThanSeconds: 26 * 3600,
    });
    expect(recoveryPoint.key).toBe(names[0]);
    expect(checks).toMatchObject([
      {
        name: 'recovery-point-fresh',
        outcome: 'failed',
        expected: 'a snapshot that is at most 26 h 00 min old',
        observed: expect.stringContaining(`the newest, ${names[1]}, is 33 h 00 min old`) as string,
      },
    ]);
  });

  it('a key that is named is taken as it is, whatever its name', async () => {
    const place = { kind: 'bucket', bucket, prefix: '' } as const;
    const { recoveryPoint, looked } = await choose({ place, choice: { way: 'key', key: names[2]! } });
    expect(recoveryPoint).toMatchObject({ key: names[2], takenBy: 'name' });
    expect(looked).toBeUndefined();
    await expect(choose({ place, choice: { way: 'key', key: 'nope.snap' } })).rejects.toThrow(
      's3://test-bucket/ does not hold nope.snap: check the key.',
    );
  });

  it('an empty prefix, no such bucket and wrong keys are three different failures', async () => {
    const newest = { way: 'newest' } as const;
    await expect(choose({ place: { kind: 'bucket', bucket, prefix: 'dev/' }, choice: newest })).rejects.toMatchObject({
      type: 'RecoveryPointMissing',
      retryable: false,
      message:
        'There is nothing under s3://test-bucket/dev/: check the place, and the program that takes the snapshots.',
    });
    const elsewhere = { ...bucket, name: 'no-such-bucket' };
    await expect(
      choose({ place: { kind: 'bucket', bucket: elsewhere, prefix: '' }, choice: newest }),
    ).rejects.toMatchObject({ type: 'BucketMissing' });
    const strange = chooserOver({ id: 'nobody', key: 'nothing' });
    await expect(strange({ place: { kind: 'bucket', bucket, prefix: '' }, choice: newest })).rejects.toMatchObject({
      type: 'ObjectStoreAccessDenied',
    });
  });
});

describe('in a bucket as AWS answers', () => {
  const listing = (objects: string): string =>
    `<ListBucketResult><IsTruncated>false</IsTruncated>${objects}</ListBucketResult>`;
  const entry = (key: string, storageClass = 'STANDARD'): string =>
    `<Contents><Key>${key}</Key><LastModified>2026-11-27T03:00:10.000Z</LastModified><Size>9</Size><StorageClass>${storageClass}</StorageClass></Contents>`;

  const chooseFrom = async (
    objects: string,
    head: Rule,
    input: Omit<ChooseRecoveryPointInput, 'place'> = { choice: { way: 'newest' } },
  ): Promise<ChosenRecoveryPoint> => {
    await using s3 = await playS3((request, response) => {
      if (request.method === 'HEAD' && request.key !== '') return head(request, response);
      if (request.key !== '') return false;
      response.writeHead(200, { 'content-type': 'application/xml' }).end(listing(objects));
      return true;
    });
    const bucket = bucketOf(
      { endpoint: s3.endpoint, region: 'r', bucket: 'backups', forcePathStyle: true },
      'id',
      'key',
    );
    return await chooserOver({ id: 'id', key: 'key' })({
      place: { kind: 'bucket', bucket, prefix: 'prod/' },
      ...input,
    });
  };
  const head =
    (headers: Record<string, string>): Rule =>
    (_, response) => {
      response.writeHead(200, { etag: '"e"', 'content-length': '9', ...headers }).end();
      return true;
    };

  it('an object that keeps versions is bound by its version', async () => {
    const { recoveryPoint } = await chooseFrom(entry('prod/a.snap'), head({ 'x-amz-version-id': 'v7' }));
    expect(recoveryPoint).toMatchObject({ versionId: 'v7', takenBy: 'store', takenAt: '2026-11-27T03:00:10.000Z' });
  });

  it('a version that the plan names is the one that is looked at', async () => {
    const asked: (string | null)[] = [];
    const { recoveryPoint } = await chooseFrom(
      '',
      (request, response) => {
        asked.push(request.query.get('versionId'));
        return head({ 'x-amz-version-id': 'v3' })(request, response);
      },
      { choice: { way: 'key', key: 'prod/a.snap', versionId: 'v3' } },
    );
    expect(asked).toEqual(['v3']);
    expect(recoveryPoint.versionId).toBe('v3');
  });

  it('an archived object is named with its class and what to do', async () => {
    const archived = head({ 'x-amz-storage-class': 'DEEP_ARCHIVE' });
    await expect(chooseFrom(entry('prod/a.snap', 'DEEP_ARCHIVE'), archived)).rejects.toMatchObject({
      type: 'ObjectArchived',
      message:
        'The snapshot prod/a.snap under s3://backups/prod/ lies in the archive class DEEP_ARCHIVE and cannot be read: restore it in the bucket first, or choose a younger one.',
    });
  });

  it('an archived object is waited for by a person while it is restored, and read once it is', async () => {
    const restoring = head({ 'x-amz-storage-class': 'GLACIER', 'x-amz-restore': 'ongoing-request="true"' });
    await expect(chooseFrom(entry('prod/a.snap', 'GLACIER'), restoring)).rejects.toThrow(
      'wait until its restore in the bucket is done',
    );
    const restored = head({
      'x-amz-storage-class': 'GLACIER',
      'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT"',
    });
    expect((await chooseFrom(entry('prod/a.snap', 'GLACIER'), restored)).recoveryPoint.key).toBe('prod/a.snap');
  });

  it('an error while the second page is listed is no shorter bucket', async () => {
    await using s3 = await playS3((request, response) => {
      if (request.key !== '') return false;
      if (request.query.get('continuation-token') === '2')
        return refuse(request, response, [403, 'AccessDenied', 'Access Denied']);
      const text = `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>${entry('prod/a.snap')}</ListBucketResult>`;
      response.writeHead(200, { 'content-type': 'application/xml' }).end(text);
      return true;
    });
    const bucket = bucketOf(
      { endpoint: s3.endpoint, region: 'r', bucket: 'backups', forcePathStyle: true },
      'id',
      'key',
    );
    const choose = chooserOver({ id: 'id', key: 'key' });
    await expect(
      choose({ place: { kind: 'bucket', bucket, prefix: 'prod/' }, choice: { way: 'newest' } }),
    ).rejects.toMatchObject({ type: 'ObjectStoreAccessDenied' });
  });

  it('a snapshot that retention removes meanwhile is chosen again', async () => {
    const gone: Rule = (_, response) => {
      response.writeHead(404).end();
      return true;
    };
    await expect(chooseFrom(entry('prod/a.snap'), gone)).rejects.toMatchObject({
      type: 'RecoveryPointGone',
      retryable: true,
    });
  });
});

describe('in a folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recovery-point-'));
    for (const name of ['one.snap', 'two.snap', 'three.snap']) await writeFile(join(folder, name), name);
    await utimes(join(folder, 'two.snap'), 0, new Date(now - 60_000));
    await utimes(join(folder, 'one.snap'), 0, new Date(now - 7_200_000));
    await utimes(join(folder, 'three.snap'), 0, new Date(now - 3_600_000));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('the newest is the one that was written last, where names have no time', async () => {
    const choose = chooserOver({});
    const { recoveryPoint, checks } = await choose({
      place: { kind: 'folder', folder },
      choice: { way: 'newest' },
      newerThanSeconds: 3600,
    });
    expect(recoveryPoint).toMatchObject({ key: 'two.snap', takenBy: 'store', ageSeconds: 60 });
    expect(checks).toMatchObject([{ outcome: 'passed' }]);
  });

  it('one is taken at random, and another draw takes another', async () => {
    const place = { kind: 'folder', folder } as const;
    const choice = { way: 'random', withinSeconds: 86_400 } as const;
    const keys = new Set<string>();
    for (const draw of [0, 0.4, 0.999])
      keys.add((await chooserOver({}, () => draw)({ place, choice })).recoveryPoint.key);
    expect(keys.size).toBeGreaterThan(1);
  });

  it('one that is missing is said to be', async () => {
    const place = { kind: 'folder', folder: join(folder, 'nope') } as const;
    await expect(chooserOver({})({ place, choice: { way: 'newest' } })).rejects.toMatchObject({
      type: 'FolderNotReadable',
    });
  });
});
