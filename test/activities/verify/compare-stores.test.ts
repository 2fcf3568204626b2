import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTakeSnapshot } from '../../../activities/backup/take-snapshot.js';
import type { Sites } from '../../../activities/ports/sites.js';
import { type ComparedStores, createCompareStores } from '../../../activities/verify/compare-stores.js';
import type { Snapshot } from '../../../domain/report/report.js';
import type { Topology } from '../../../domain/pair/topology.js';
import {
  createTransitSeal,
  createUser,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../../support/servers/openbao-server.js';
import { startS3Server, type TestS3Server } from '../../support/servers/s3-server.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import { bucketOf, portsOver, ref, runActivity, type TestPorts } from '../support.js';

/** Source and target in one: a restored target is a server with the source's data, and that this one has. */
let bao: TestOpenBaoServer;
let s3: TestS3Server;
let ports: TestPorts;
let topology: Topology;
let snapshot: Snapshot;

beforeAll(async () => {
  [bao, s3] = await Promise.all([startOpenBaoServer('source'), startS3Server()]);
  const password = 'some-password';
  const mayRead = { 'sys/storage/raft/snapshot': ['read'] };
  await createUser(bao, 'verifier', password, { ...mayRead, 'sys/mounts': ['read'], 'sys/auth': ['read'] });
  await createUser(bao, 'stranger', password, mayRead);
  await bao.root.write('sys/mounts/secret', { type: 'kv' });
  for (const key of ['one', 'two', 'three']) await bao.root.write(`secret/${key}`, { filler: 'x'.repeat(200_000) });
  // Their identities are data of the store, and made by their first login.
  for (const username of ['verifier', 'stranger']) await (await bao.openbao.login({ username, password })).revokeSelf();

  const { address, serverName, caPem } = bao.endpoint;
  const { accessKeyId, secretAccessKey } = s3.access;
  const { keyName, token } = await createTransitSeal(bao, 'seal');
  ports = portsOver({ ca: caPem, password, token, 's3-id': accessKeyId, 's3-secret': secretAccessKey });
  const place = { address, serverName, ca: ref('ca') };
  const seal = { ...place, keyName, token: ref('token') };
  const verifier = { username: 'verifier', password: ref('password') };
  const bucket = bucketOf(s3.access, 's3-id', 's3-secret');
  topology = exampleTopology({
    source: { ...place, verifier, backup: verifier },
    target: { ...place, seal },
    bucket: { source: bucket, target: bucket },
  });
  const taken = { source: topology.source, destination: bucket };
  ({ snapshot } = await runActivity(createTakeSnapshot(ports), taken));
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await bao[Symbol.asyncDispose]();
});

const compare = (input: Partial<{ topology: Topology; snapshot: Snapshot }> = {}, sites = ports.sites) =>
  runActivity(createCompareStores({ ...ports, sites }), { topology, snapshot, ...input });

/** The real login, and then a session that sends these instead of the target's snapshot. */
const sending = (instead: (signal: AbortSignal | undefined) => Readable): Sites => ({
  ...ports.sites,
  withLogin: (endpoint, login, step) =>
    ports.sites.withLogin(endpoint, login, (session) =>
      step({ ...session, downloadSnapshot: async ({ signal } = {}) => instead(signal) }),
    ),
});

const differing = ({ comparison }: ComparedStores) =>
  comparison.groups.filter(({ changed, missing, added }) => changed + missing + added > 0).map(({ name }) => name);

it('finds a target equal that has all of the snapshot, and names its mounts', async () => {
  const { check, comparison } = await compare();
  expect(check).toMatchObject({
    name: 'store-equality',
    outcome: 'passed',
    expected: "every key and value of the source's snapshot",
    observed: expect.stringMatching(/^\d+ entries equal; \d+ differences explained$/) as string,
  });
  expect(comparison.equal).toBe(true);
  const names = comparison.groups.map(({ name }) => name);
  expect(names).toContainEqual(expect.stringMatching(/^secret\/ \(logical\/[0-9a-f-]{36}\)$/));
  expect(names).toContainEqual(expect.stringMatching(/^auth\/userpass\/ \(auth\/[0-9a-f-]{36}\)$/));
});

it('finds what the target lacks and has besides, and says in which mount', async () => {
  await bao.root.write('secret/one', { filler: 'changed' });
  await bao.root.remove('secret/two');
  const { check, comparison } = await compare();
  expect(check).toMatchObject({ outcome: 'failed', observed: '2 differences: secret/ (1 changed, 1 missing)' });
  expect(comparison.equal).toBe(false);
  expect(differing({ check, comparison })).toEqual([expect.stringMatching(/^secret\/ \(logical/)]);
});

it('has to do with the ids of mounts when the login may not read their names', async () => {
  const stranger = { username: 'stranger', password: ref('password') };
  const found = await compare({ topology: { ...topology, source: { ...topology.source, verifier: stranger } } });
  expect(differing(found)).toEqual([expect.stringMatching(/^logical\/[0-9a-f-]{36}$/)]);
});

it('fails when the object is another whole snapshot, and a retry does not help', async () => {
  const other = await buffer(await bao.root.downloadSnapshot());
  await s3.store.upload({ key: 'other', body: Readable.from([other], { objectMode: false }) });
  await expect(compare({ snapshot: { ...snapshot, key: 'other' } })).rejects.toMatchObject({
    type: 'SnapshotChanged',
    retryable: false,
  });
});

it('fails the same way when the object is no snapshot any more', async () => {
  const body = Readable.from(['something else'], { objectMode: false });
  await s3.store.upload({ key: 'ruin', body });
  await expect(compare({ snapshot: { ...snapshot, key: 'ruin' } })).rejects.toMatchObject({
    type: 'SnapshotChanged',
    retryable: false,
  });
});

it('says that another attempt may help when the target sent less than a snapshot', async () => {
  const whole = await buffer(await bao.root.downloadSnapshot());
  const cut = () => Readable.from([whole.subarray(0, whole.length - 100_000)], { objectMode: false });
  await expect(compare({}, sending(cut))).rejects.toMatchObject({ type: 'SnapshotTruncated', retryable: false });
});

it('ends when it is cancelled while the target keeps silent', async () => {
  const environment = new MockActivityEnvironment();
  let silent: Readable | undefined;
  const sites = sending((signal) => {
    silent = new Readable({ read: () => setImmediate(() => environment.cancel()), signal });
    return silent;
  });
  const running = environment.run(createCompareStores({ ...ports, sites }), { topology, snapshot });
  await expect(running).rejects.toThrow(/abort|cancel/i);
  expect(silent?.destroyed).toBe(true);
});
