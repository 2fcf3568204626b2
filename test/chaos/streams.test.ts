/** Steps that stream, between real servers, on the way to which bytes are slow or stop: two minutes of the world are 4 s here. */
import { createLogIn } from '../../infra/connect/credentials/log-in.js';
import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asTemporalActivities } from '../../activities/as-temporal-activity.js';
import { createTakeSnapshot } from '../../activities/backup/take-snapshot.js';
import { createBuckets } from '../../activities/connect/buckets.js';
import { createInspectArchive } from '../../activities/inspect/inspect-archive.js';
import { createSubmitRestore, type SubmitRestorePorts } from '../../activities/restore/submit-restore.js';
import type { ActivityPorts } from '../../activities/ports/activity-ports.js';
import { createSites } from '../../activities/connect/sites.js';
import { createCompareStores } from '../../activities/verify/compare-stores.js';
import type { Snapshot } from '../../domain/report/report.js';
import type { StepBeat } from '../../domain/contract/step-beat.js';
import type { Topology } from '../../domain/pair/topology.js';
import { createObjectStore } from '../../systems/object-store/client.js';
import { createOpenBao } from '../../systems/openbao/api/client.js';
import {
  createTransitSeal,
  createUser,
  startOpenBaoServer,
  type TestOpenBaoServer,
} from '../support/servers/openbao-server.js';
import { startS3Server, type TestS3Server } from '../support/servers/s3-server.js';
import { exampleTopology } from '../support/drills/example-topology.js';
import { type Pace, startTcpProxy, type TcpProxy } from '../support/servers/tcp-proxy.js';
import { bucketOf, portsOver, ref, runActivity } from '../activities/support.js';

const stallTimeoutMs = 4_000;
/** All of the snapshot takes longer than a stall may; what the sockets' own buffers hold does not. */
const trickle = { bytesPerSecond: 2_000_000 };
const stall = { stallsAfterBytes: 3_000_000 };

let bao: TestOpenBaoServer;
let s3: TestS3Server;
/** Without anything in between. */
let topology: Topology;
let snapshot: Snapshot;
let steps: ReturnType<typeof createSteps>;

const createSteps = (secrets: Readonly<Record<string, string>>) => {
  const { materials } = portsOver(secrets);
  const ports = {
    materials,
    sites: createSites({
      references: materials,
      logIn: createLogIn(),
      connect: (at, options) => createOpenBao(at, { ...options, stallTimeoutMs }),
    }),
    buckets: createBuckets({
      references: materials,
      connect: (options) => createObjectStore({ ...options, stallTimeoutMs }),
    }),
  };
  const lanes = {
    held: async () => ({ target: { markUsed: async () => undefined } }),
  } as unknown as SubmitRestorePorts['lanes'];
  const reports = {} as ActivityPorts['reports'];
  return asTemporalActivities({
    takeSnapshot: createTakeSnapshot(ports),
    inspectArchive: createInspectArchive({ ...ports, reports }),
    submitRestore: createSubmitRestore({ ...ports, lanes }),
    compareStores: createCompareStores(ports),
  });
};

beforeAll(async () => {
  [bao, s3] = await Promise.all([startOpenBaoServer('source'), startS3Server()]);
  const password = 'some-password';
  const rules = { 'sys/storage/raft/snapshot': ['read', 'update'], 'sys/mounts': ['read'], 'sys/auth': ['read'] };
  await createUser(bao, 'streamer', password, rules);
  await bao.root.write('sys/mounts/secret', { type: 'kv' });
  for (let i = 0; i < 32; i += 1) await bao.root.write(`secret/filler-${i}`, { filler: fillerOf(i) });

  const { address, serverName, caPem } = bao.endpoint;
  const { accessKeyId, secretAccessKey } = s3.access;
  const { keyName, token } = await createTransitSeal(bao, 'seal');
  const secrets = { ca: caPem, password, token, id: accessKeyId, secret: secretAccessKey };
  steps = createSteps(secrets);
  const login = { username: 'streamer', password: ref('password') };
  const place = { address, serverName, ca: ref('ca') };
  const seal = { ...place, keyName, token: ref('token') };
  const bucket = bucketOf(s3.access, 'id', 'secret');
  topology = exampleTopology({
    source: { ...place, backup: login, verifier: login },
    target: { ...place, seal, restore: login },
    bucket: { source: bucket, target: bucket },
  });
  const taken = { source: topology.source, destination: bucket };
  ({ snapshot } = await runActivity(createTakeSnapshot(portsOver(secrets)), taken));
}, 120_000);
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await bao[Symbol.asyncDispose]();
});

/** Cannot be compressed. */
const fillerOf = (seed: number): string => {
  let text = '';
  for (let i = 0; text.length < 500_000; i += 1) text += createHash('sha512').update(`${seed}.${i}`).digest('base64');
  return text;
};

type Slow = 'OpenBao' | 'the bucket';

/** Runs a step as Temporal would, with the way to one server made slow. */
const run = async (
  name: keyof typeof steps,
  to: Slow,
  pace: Pace,
): Promise<{ readonly beats: readonly StepBeat[]; readonly tookMs: number }> => {
  await using proxy = await startTcpProxy(to === 'OpenBao' ? bao.endpoint.address : s3.access.endpoint);
  const { source, target, bucket } = through(proxy, to);
  const inputs = {
    takeSnapshot: { source, destination: bucket.source },
    inspectArchive: { bucket: bucket.target, snapshot },
    submitRestore: { lane: 'local', drillId: 'd', target, source: bucket.target, snapshot },
    compareStores: { topology: { ...topology, source, target, bucket }, snapshot },
  };
  const environment = new MockActivityEnvironment(
    { startToCloseTimeoutMs: 3_600_000 },
    { logger: new DefaultLogger('ERROR') },
  );
  const beats: StepBeat[] = [];
  environment.on('heartbeat', (beat: StepBeat) => beats.push(beat));
  proxy.pace(pace);
  const began = performance.now();
  await environment.run(steps[name] as (input: unknown) => Promise<unknown>, inputs[name]);
  return { beats, tookMs: performance.now() - began };
};

/** The pair with the way to one of its servers through a proxy. */
const through = ({ address }: TcpProxy, to: Slow): Pick<Topology, 'source' | 'target' | 'bucket'> => {
  const { source, target, bucket } = topology;
  if (to === 'OpenBao') return { source: { ...source, address }, target: { ...target, address }, bucket };
  const slow = { ...bucket.source, endpoint: address.replace('https:', 'http:') };
  return { source, target, bucket: { source: slow, target: slow } };
};

type Row = readonly [step: keyof typeof steps, slow: Slow];

const trickling: readonly Row[] = [
  ['takeSnapshot', 'OpenBao'],
  ['takeSnapshot', 'the bucket'],
  ['inspectArchive', 'the bucket'],
  ['compareStores', 'OpenBao'],
  ['compareStores', 'the bucket'],
];

/** With the failure that names who stalled. */
const stalling: readonly (readonly [...Row, type: string])[] = [
  ['takeSnapshot', 'OpenBao', 'SnapshotStalled'],
  ['takeSnapshot', 'the bucket', 'ObjectStoreUnreachable'],
  ['inspectArchive', 'the bucket', 'ObjectStoreUnreachable'],
  ['compareStores', 'OpenBao', 'SnapshotStalled'],
  ['compareStores', 'the bucket', 'ObjectStoreUnreachable'],
];

const takesItsTime = async (...row: Row): Promise<void> => {
  const { beats, tookMs } = await run(...row, trickle);
  expect(tookMs).toBeGreaterThan(stallTimeoutMs);
  const moved = beats.flatMap(({ bytes }) => bytes ?? []);
  expect(moved.at(-1)).toBeGreaterThan(2_000_000);
  expect([...moved].sort((a, b) => a - b)).toEqual(moved);
};

const isTriedAgain = (step: keyof typeof steps, slow: Slow, type: string): Promise<void> =>
  expect(run(step, slow, stall)).rejects.toMatchObject({ type, nonRetryable: false });

describe.concurrent('a stream', () => {
  it.each(trickling)('that trickles takes as long as it takes, and says how far it is: %s, %s', takesItsTime);
  it.each(stalling)('of which no byte comes any more fails, and names who stalled: %s, %s', isTriedAgain);
});

/** One after another, and last: they replace the data of the server that all others read from. */
describe('a restore', () => {
  it('that trickles takes as long as it takes, and says how far it is', () => takesItsTime('submitRestore', 'OpenBao'));
  it('whose target takes no byte any more fails', () =>
    isTriedAgain('submitRestore', 'OpenBao', 'RestoreNotSubmitted'));
});
