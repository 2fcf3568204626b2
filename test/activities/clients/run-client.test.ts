import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMeasureMove } from '../../../activities/clients/measure-move.js';
import { createMeasureRecovery } from '../../../activities/clients/measure-recovery.js';
import { createReadCanary } from '../../../activities/clients/read-canary.js';
import { createRunClient, type RunClientInput, type RunClientPorts } from '../../../activities/clients/run-client.js';
import type { Sites } from '../../../activities/ports/sites.js';
import { canaryApiPaths } from '../../../domain/pair/canary.js';
import type { ClientOperation } from '../../../domain/recovery/client-operations.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import { baseline, type PairSide, type Topology } from '../../../domain/pair/topology.js';
import { createClientJournal } from '../../../infra/state/client-journal.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { createUser, startOpenBaoServer, type TestOpenBaoServer } from '../../support/servers/openbao-server.js';
import { exampleTopology } from '../../support/drills/example-topology.js';
import { startTcpProxy, type TcpProxy } from '../../support/servers/tcp-proxy.js';
import { portsOver, ref, runActivity } from '../support.js';

const password = 'the-sources-password';

let servers: Record<PairSide, TestOpenBaoServer>;
/** Each side's own edge, and the clients'. */
let edges: Record<PairSide | 'clients', TcpProxy>;
let folder: string;
let topology: Topology;
let sites: Sites;
let ports: RunClientPorts;
/** A fresh one for each test. */
let drillId: string;
let tests = 0;

beforeAll(async () => {
  // One name for both: it is the clients' name that both have to prove.
  const [source, target] = await Promise.all([startOpenBaoServer('pair'), startOpenBaoServer('pair')]);
  servers = { source, target };
  await Promise.all([setUp(source), setUp(target)]);
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-clients-'));
  const secrets = {
    'source-ca': source.endpoint.caPem,
    'target-ca': target.endpoint.caPem,
    'both-cas': `${source.endpoint.caPem}\n${target.endpoint.caPem}`,
    password,
    'wrong-password': 'another-password',
  };
  const over = portsOver(secrets);
  ({ sites } = over);
  ports = {
    materials: over.materials,
    clientJournal: createClientJournal(await openStateFolder(folder)),
    reservations: { assertHeld: async () => undefined },
  };
});
afterAll(async () => {
  await Promise.all([servers.source[Symbol.asyncDispose](), servers.target[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true, force: true });
});

/** Both know the source's login, as after a restore; each has tokens of its own. */
const setUp = async (server: TestOpenBaoServer): Promise<void> => {
  await createUser(server, baseline.adminUser, password, { 'secret/data/*': ['create', 'read', 'update'] });
  await server.root.write('sys/mounts/secret', { type: 'kv', options: { version: '2' } });
  await waitUntil(async () => (await server.root.read('secret/config').catch(() => undefined)) && true, {
    what: 'the KV store to be ready',
    timeoutMs: 15_000,
  });
};

beforeEach(async () => {
  drillId = `drill-${(tests += 1)}`;
  const [source, target, clients] = await Promise.all([
    startTcpProxy(servers.source.endpoint.address),
    startTcpProxy(servers.target.endpoint.address),
    startTcpProxy(servers.source.endpoint.address),
  ]);
  edges = { source, target, clients };
  const { serverName } = servers.source.endpoint;
  const admin = { username: baseline.adminUser, password: ref('password') };
  topology = exampleTopology({
    source: { address: source.address, serverName, ca: ref('source-ca'), admin },
    target: { address: target.address, serverName, ca: ref('target-ca') },
    clients: { address: clients.address, serverName, ca: ref('both-cas') },
  });
});
afterEach(async () => {
  await Promise.all(Object.values(edges).map((edge) => edge[Symbol.asyncDispose]()));
});

interface RunningClient extends AsyncDisposable {
  /** Rejects with what the client ended with. */
  readonly ended: Promise<unknown>;
}

const start = (input: Partial<RunClientInput> = {}, change: Partial<RunClientPorts> = {}): RunningClient => {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const ended = environment.run(createRunClient({ ...ports, ...change }), { topology, drillId, ...input });
  ended.catch(() => undefined);
  return {
    ended,
    async [Symbol.asyncDispose]() {
      environment.cancel();
      await ended.catch(() => undefined);
    },
  };
};

const stop = async (client: RunningClient): Promise<void> => {
  await client[Symbol.asyncDispose]();
  await expect(client.ended).rejects.toBeInstanceOf(CancelledFailure);
};

const journal = (): Promise<readonly ClientOperation[]> => ports.clientJournal.read(drillId);

/** Waits until the journal has that many operations like this, beyond those it had. */
const until = async (count: number, like: Partial<ClientOperation>): Promise<void> => {
  const isLike = (operation: ClientOperation): boolean =>
    Object.entries(like).every(([name, value]) => operation[name as keyof ClientOperation] === value);
  const before = (await journal()).filter(isLike).length;
  await waitUntil(async () => (await journal()).filter(isLike).length >= before + count || undefined, {
    what: `${count} more operations like ${JSON.stringify(like)}`,
    timeoutMs: 20_000,
    intervalMs: 10,
  });
};

const writesOf = (operations: readonly ClientOperation[]): readonly ClientOperation[] =>
  operations.filter(({ kind }) => kind === 'write');

const now = (): string => new Date().toISOString();

const measureMove = (move: Omit<Parameters<ReturnType<typeof createMeasureMove>>[0], 'drillId' | 'way'>) =>
  runActivity(createMeasureMove(ports), { drillId, way: 'edge', ...move });

describe('the drill’s own client', () => {
  it('writes and reads in turn, and goes on with the sequence when it is started again', async () => {
    for (let run = 0; run < 2; run += 1) {
      await using client = start();
      await until(5, { kind: 'read', servedBy: 'source' });
      await stop(client);
    }
    const operations = await journal();
    expect(operations.every(({ servedBy, client }) => servedBy === 'source' && client === 'roaming')).toBe(true);
    expect(writesOf(operations).map(({ sequence }) => sequence)).toEqual(writesOf(operations).map((_, i) => i + 1));
    // What is read is what was written just before.
    operations.forEach(({ kind, sequence }, i) => {
      if (kind === 'read') expect(sequence).toBe(operations[i - 1]!.sequence);
    });
    const last = writesOf(operations).at(-1)!;
    expect((await servers.source.root.read(canaryApiPaths.roaming))?.['data']).toEqual({
      drillId,
      sequence: last.sequence,
      writtenAt: last.at,
    });
  });

  it('leaves no session behind', async () => {
    const tokens = async (): Promise<unknown> => servers.source.root.read('sys/internal/counters/tokens');
    const before = await tokens();
    expect(before).toBeDefined();
    await using client = start({ stubborn: 'source' });
    await until(1, { client: 'stubborn', servedBy: 'source' });
    await until(1, { client: 'roaming', servedBy: 'source' });
    expect(await tokens()).not.toEqual(before);
    await stop(client);
    expect(await tokens()).toEqual(before);
  });

  it('tells of a move what the clients felt, to a side that was not up when it began', async () => {
    edges.target.refuse();
    await using client = start();
    await until(6, { servedBy: 'source' });

    const since = now();
    await until(2, { servedBy: 'source' });
    const gone = performance.now();
    edges.clients.refuse();
    edges.clients.cut();
    await until(10, { failure: 'OpenBaoUnreachable' });
    edges.target.pointAt(servers.target.endpoint.address);
    edges.clients.pointAt(servers.target.endpoint.address);
    const back = performance.now();
    await until(6, { servedBy: 'target' });
    await stop(client);

    const { moved, servedAt } = await measureMove({ to: 'target', since });
    expect(moved).toMatchObject({ to: 'target', way: 'edge', staleReads: 0, writesAfterFence: 0 });
    expect(moved!.spans.map(({ servedBy }) => servedBy)).toEqual(['source', 'nobody', 'target']);
    expect(moved!.failedOperations).toBe(moved!.spans[1]!.operations);
    expect(moved!.failedOperations).toBeGreaterThanOrEqual(10);
    // One beat and the operation on either end, and a login on the new side.
    expect(moved!.outageMs).toBeGreaterThanOrEqual(back - gone - 50);
    expect(moved!.outageMs).toBeLessThan(back - gone + 1_000);
    const first = (await journal()).find(({ servedBy }) => servedBy === 'target')!;
    expect(servedAt).toBe(new Date(Date.parse(first.at) + first.ms).toISOString());
  });

  it('is not held up by an edge that never answers', async () => {
    await using client = start();
    await until(2, { servedBy: 'source' });
    edges.clients.hang();
    edges.clients.cut();
    await until(1, { failure: 'OpenBaoUnreachable', kind: 'write' });
    await until(1, { failure: 'OpenBaoUnreachable' });
    edges.clients.pointAt(servers.source.endpoint.address);
    await until(2, { servedBy: 'source' });
    await stop(client);
    const slowest = (await journal()).reduce((most, { ms }) => Math.max(most, ms), 0);
    expect(slowest).toBeGreaterThanOrEqual(1_990);
    expect(slowest).toBeLessThan(3_000);
  });

  it('finds the write that a side acknowledged after its fence, and none once the fence holds', async () => {
    await using client = start({ stubborn: 'source' });
    await until(2, { client: 'stubborn', servedBy: 'source' });
    const since = now();
    // A fence that is only said to be one: the clients move, but the source's own edge still lets them in.
    const fencedAt = now();
    edges.clients.pointAt(servers.target.endpoint.address);
    await until(3, { client: 'stubborn', servedBy: 'source' });
    await until(3, { client: 'roaming', servedBy: 'target' });
    const leaking = await measureMove({ to: 'target', since, fencedAt });
    expect(leaking.moved?.writesAfterFence).toBeGreaterThanOrEqual(3);

    edges.source.refuse();
    edges.source.cut();
    await until(1, { client: 'stubborn', failure: 'OpenBaoUnreachable' });
    const really = now();
    await until(3, { client: 'stubborn', failure: 'OpenBaoUnreachable' });
    await stop(client);
    expect((await measureMove({ to: 'target', since, fencedAt: really })).moved?.writesAfterFence).toBe(0);
    const sequences = writesOf(await journal()).map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(sequences.length);
  });

  it('takes a refused password for a failed operation, and tries too seldom to lock the login', async () => {
    const admin = { ...topology.source.admin, password: ref('wrong-password') };
    await using client = start({ topology: { ...topology, source: { ...topology.source, admin } } });
    await until(20, { failure: 'LoginRefused' });
    await stop(client);
    const session = await servers.source.openbao.login({ username: baseline.adminUser, password });
    await session.revokeSelf();
  });

  it('ends, both of it, when its journal cannot be kept', async () => {
    const full = new KnownFailure('DiskFull', 'No space is left.');
    const clientJournal = { ...ports.clientJournal, append: async () => Promise.reject(full) };
    await expect(start({ stubborn: 'source' }, { clientJournal }).ended).rejects.toBe(full);
  });

  it('does not begin on a machine that does not have the lane', async () => {
    const elsewhere = new KnownFailure('LaneElsewhere', 'Not here.', { retryable: true });
    const reservations = { assertHeld: async () => Promise.reject(elsewhere) };
    await expect(start({}, { reservations }).ended).rejects.toBe(elsewhere);
    expect(await journal()).toEqual([]);
  });
});

describe('what was recovered', () => {
  const recoveredAt = (at: PairSide, drill = drillId) =>
    runActivity(createReadCanary({ sites }), { topology, drillId: drill, at });

  it('is the newest write that the target holds, and what it lacks is the recovery point', async () => {
    await using client = start();
    await until(3, { kind: 'write', servedBy: 'source' });
    // In place of a restore: the target gets the canary as it is now.
    const entry = await servers.source.root.read(canaryApiPaths.roaming);
    await servers.target.root.write(canaryApiPaths.roaming, { data: entry?.['data'] });
    await until(5, { kind: 'write', servedBy: 'source' });
    await stop(client);
    const before = now();

    const { recovered } = await recoveredAt('target');
    const { rpo } = await runActivity(createMeasureRecovery(ports), {
      drillId,
      before,
      ...(recovered && { recovered }),
    });
    const writes = writesOf(await journal());
    expect(rpo?.lastAcknowledged).toEqual({ sequence: writes.length, at: writes.at(-1)!.at });
    expect(rpo?.lastRecovered).toEqual({ sequence: recovered!.sequence, at: writes[recovered!.sequence - 1]!.at });
    expect(rpo?.lostWrites).toBe(writes.length - recovered!.sequence);
    expect(rpo?.lostWrites).toBeGreaterThanOrEqual(5);
    expect(rpo?.seconds).toBeGreaterThan(0.3);
  });

  it('is nothing where another drill wrote, and then nothing is measured', async () => {
    expect(await recoveredAt('target', 'another-drill')).toEqual({});
    expect(await runActivity(createMeasureRecovery(ports), { drillId })).toEqual({});
  });
});
