import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTakeSnapshot, type TakenSnapshot } from '../../../activities/backup/take-snapshot.js';
import type { Buckets } from '../../../activities/ports/buckets.js';
import type { Sites } from '../../../activities/ports/sites.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import { baseline, type Bucket, type SourceSite } from '../../../domain/pair/topology.js';
import { createS3Client } from '../../../systems/object-store/s3-client.js';
import {
  createTransitSeal,
  createUser,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../../support/servers/openbao-server.js';
import { startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import { startTcpProxy } from '../../support/servers/tcp-proxy.js';
import { bucketOf, portsOver, ref, runActivity, type TestPorts } from '../support.js';

let bao: TestOpenBaoServer;
let s3: TestS3Server;
let ports: TestPorts;
let source: SourceSite;
let destination: Bucket;
let archive: Buffer;

beforeAll(async () => {
  [bao, s3] = await Promise.all([startOpenBaoServer('source'), startS3Server()]);
  const password = 'backup-password';
  await createUser(bao, 'backup', password, { 'sys/storage/raft/snapshot': ['read'] });
  // More than one part of an upload, and nothing that could be compressed.
  await bao.root.write('sys/mounts/secret', { type: 'kv' });
  for (let i = 0; i < 24; i += 1) {
    await bao.root.write(`secret/filler-${i}`, { filler: fillerOf(i) });
  }
  archive = await buffer(await bao.root.downloadSnapshot());
  const { address, serverName, caPem } = bao.endpoint;
  const { accessKeyId, secretAccessKey } = s3.access;
  const { keyName, token } = await createTransitSeal(bao, 'seal');
  ports = portsOver({ ca: caPem, backup: password, token, 's3-id': accessKeyId, 's3-secret': secretAccessKey });
  const backup = { username: 'backup', password: ref('backup') };
  const place = { address, serverName, ca: ref('ca') };
  const seal = { ...place, keyName, token: ref('token') };
  ({ source } = exampleTopology({ source: { ...place, seal, backup } }));
  destination = bucketOf(s3.access, 's3-id', 's3-secret');
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await bao[Symbol.asyncDispose]();
});

const fillerOf = (seed: number): string => {
  let text = '';
  for (let i = 0; text.length < 500_000; i += 1) text += createHash('sha512').update(`${seed}.${i}`).digest('base64');
  return text;
};

const take = (change: Partial<TestPorts> = {}, from = source): Promise<TakenSnapshot> =>
  runActivity(createTakeSnapshot({ ...ports, ...change }), { source: from, destination });

/** The real login, and then a session that sends these bytes: no real OpenBao can be made to stop half-way. */
const sending = (bytes: () => Iterable<Buffer>): Sites => ({
  ...ports.sites,
  withLogin: (endpoint, login, step) =>
    ports.sites.withLogin(endpoint, login, (session) =>
      step({ ...session, downloadSnapshot: async () => Readable.from(bytes(), { objectMode: false }) }),
    ),
});

const inChunks = function* (content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
};

/** The real bucket, some of whose methods fail. */
const failing = (change: (store: TestS3Server['store']) => Partial<TestS3Server['store']>): Buckets => ({
  with: (bucket, step) => ports.buckets.with(bucket, (store) => step({ ...store, ...change(store) })),
});

/** Runs a step that may leave neither object nor part behind. */
const expectNothingNew = async (step: () => Promise<void>): Promise<void> => {
  const before = await s3.store.list('');
  await step();
  expect(await s3.store.list('')).toEqual(before);
  const client = createS3Client(s3.access);
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: s3.access.bucket }));
  client.destroy();
  expect(Uploads).toEqual([]);
};

it('puts a whole snapshot into the bucket, and what it is beside it', async () => {
  const { snapshot, check } = await take();
  expect(check).toMatchObject({ name: 'archive-integrity', outcome: 'passed' });
  expect(snapshot.key).toContain(`${baseline.clusterNames.source}/`);
  expect(snapshot.index).toBeGreaterThan(0);
  const stored = await buffer((await s3.store.download({ key: snapshot.key })).body);
  expect(stored.length).toBe(snapshot.sizeBytes);
  expect(createHash('sha256').update(stored).digest('hex')).toBe(snapshot.sha256);
  const beside: unknown = await json((await s3.store.download({ key: `${snapshot.key}.json` })).body);
  expect(beside).toMatchObject({ ...snapshot, stateSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
});

it('takes a new snapshot under a new key when it is tried again', async () => {
  const [first, second] = [await take(), await take()];
  expect(second.snapshot.key).not.toBe(first.snapshot.key);
});

describe('a download that was cut short', () => {
  const cutShort = () => inChunks(archive.subarray(0, archive.length - 100_000));

  it('leaves no object, and is final if it is cut short again although source and Transit answer', async () => {
    expect(archive.length).toBeGreaterThan(8 * 1024 * 1024);
    await expectNothingNew(() =>
      expect(take({ sites: sending(cutShort) })).rejects.toMatchObject({ type: 'SnapshotTruncated', retryable: false }),
    );
  });

  it('is taken once more if all that OpenBao needs for it is there', async () => {
    let taken = 0;
    const sites = sending(() => ((taken += 1) === 1 ? cutShort() : inChunks(archive)));
    expect((await take({ sites })).snapshot.sizeBytes).toBe(archive.length);
    expect(taken).toBe(2);
  });

  it("is an outage of the source's Transit if that does not answer, and is told as that", async () => {
    await using toTransit = await startTcpProxy(bao.endpoint.address);
    toTransit.refuse();
    const from = { ...source, seal: { ...source.seal, address: toTransit.address } };
    await expectNothingNew(() =>
      expect(take({ sites: sending(cutShort) }, from)).rejects.toMatchObject({
        type: 'TransitUnreachable',
        retryable: true,
      }),
    );
  });

  it('is a refusal of its seal token if Transit refuses that', async () => {
    const from = { ...source, seal: { ...source.seal, token: ref('backup') } };
    await expect(take({ sites: sending(cutShort) }, from)).rejects.toMatchObject({
      type: 'SealTokenRefused',
      retryable: false,
    });
  });

  it('is an outage of the source if that has gone', async () => {
    let toSource = bao.endpoint.address;
    const going = sending(function* () {
      toSource = 'https://127.0.0.1:1';
      yield* cutShort();
    });
    const at: Sites['at'] = (endpoint) => ports.sites.at({ ...endpoint, address: toSource });
    await expect(take({ sites: { ...going, at } })).rejects.toMatchObject({
      type: 'OpenBaoUnreachable',
      retryable: true,
    });
  });
});

it('leaves no object of a download that broke, and says so rather than what the upload made of it', async () => {
  const broke = new KnownFailure('SnapshotInterrupted', 'The connection broke', { retryable: true });
  const sites = sending(function* () {
    yield* inChunks(archive.subarray(0, archive.length - 100_000));
    throw broke;
  });
  await expectNothingNew(() => expect(take({ sites })).rejects.toBe(broke));
});

it('says what the bucket said when that failed first', async () => {
  await expect(
    runActivity(createTakeSnapshot(ports), {
      source,
      destination: { ...destination, name: 'no-such-bucket' },
    }),
  ).rejects.toMatchObject({ type: 'BucketMissing' });
});

it.each(['head', 'putText'] as const)(
  'removes the object when the bucket fails after the upload, at %s',
  async (at) => {
    const down = new KnownFailure('ObjectStoreUnreachable', 'The bucket does not answer', { retryable: true });
    let uploaded = false;
    const buckets = failing((store) => ({
      async upload(request) {
        const object = await store.upload(request);
        uploaded = (await store.head(request.key)) !== undefined;
        return object;
      },
      [at]: async () => Promise.reject(down),
    }));
    await expectNothingNew(() => expect(take({ buckets })).rejects.toBe(down));
    expect(uploaded).toBe(true);
  },
);
