import { createLogIn } from '../../../infra/connect/credentials/log-in.js';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwaitClients } from '../../../activities/cutover/await-clients.js';
import { createFenceSite } from '../../../activities/cutover/fence-site.js';
import { createLiftFence } from '../../../activities/cutover/lift-fence.js';
import { createSwitchClients } from '../../../activities/cutover/switch-clients.js';
import { createLoseSource } from '../../../activities/disaster/lose-source.js';
import { createRecoverSource } from '../../../activities/disaster/recover-source.js';
import { createSeedPair } from '../../../activities/seed/seed-pair.js';
import { createSites } from '../../../activities/connect/sites.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { Edges, Servers } from '../../../activities/ports/lane-facets.js';
import type { Lane } from '../../../activities/ports/lane.js';
import { baseline, type PairSide, type Topology } from '../../../domain/pair/topology.js';
import { openLaneRecord } from '../../../infra/lanes/local/lane-record.js';
import { createOpenBao } from '../../../systems/openbao/api/client.js';
import { killBackgroundProcess } from '../../../systems/processes/background-process.js';
import { createTestLane, type TestLane } from '../../support/drills/local-lane.js';
import { runActivity } from '../support.js';

const drillId = '20260101T000000Z-00000000';
let testLane: TestLane;
let topology: Topology;

const portsOf = (lane: Lane = testLane.open()) => {
  const { materials } = testLane;
  return {
    lanes: { held: async () => lane, look: () => lane },
    reservations: {
      reserve: async () => undefined,
      assertHeld: async () => undefined,
      release: async () => undefined,
    },
    materials,
    sites: createSites({ references: materials, logIn: createLogIn(), connect: createOpenBao }),
    cutoverCommands: { resolve: async () => '', logFile: async () => '', signFile: () => '' },
  };
};

const laneThat = (edges: Partial<Edges>, servers: Partial<Servers> = {}): Lane => {
  const real = testLane.open();
  return { ...real, edges: { ...real.edges, ...edges }, servers: { ...real.servers, ...servers } };
};

const fence = (site: PairSide, changes: { lane?: Lane; topology?: Topology } = {}) =>
  runActivity(createFenceSite(portsOf(changes.lane)), { topology, drillId, site, ...changes });
const lift = (site: PairSide) => runActivity(createLiftFence(portsOf()), { topology, drillId, site });
const move = async (to: PairSide): Promise<void> => {
  const cutover = { way: 'edge', timeoutSeconds: 60 } as const;
  await runActivity(createSwitchClients(portsOf()), { topology, drillId, to, cutover });
  await runActivity(createAwaitClients(portsOf()), { topology, to, timeoutSeconds: 20 });
};

beforeAll(async () => {
  testLane = await createTestLane();
  ({ topology } = await testLane.provision());
  const { sites, materials } = portsOf();
  await runActivity(createSeedPair(portsOf()), { topology, drillId });
  // As after a restore: the target has the source's login.
  const password = await materials.read(topology.source.admin.password);
  await sites.withLogin(topology.target, topology.target.seeder, async (session) => {
    await session.write(`auth/userpass/users/${baseline.adminUser}`, {
      password,
      token_policies: [baseline.adminUser],
    });
  });
});
afterAll(() => testLane[Symbol.asyncDispose]());

describe('a cutover by the edge', () => {
  it('fences the source, and proves it on a connection that wrote before', async () => {
    const before = Date.now();
    const { fencedAt, check } = await fence('source');
    expect(Date.parse(fencedAt)).toBeGreaterThan(before);
    expect(check).toMatchObject({ name: 'source-fenced', outcome: 'passed' });
    expect(check?.observed).toMatch(/^a write on the connection from before the fence found it cut \(E\w+\); /);
    for (const host of [baseline.hosts.source, baseline.hosts.clients]) {
      expect(check?.observed).toContain(`a connection for ${host} was refused`);
    }
  });

  it('says of a repeated attempt that it could hold no connection, and proves the rest', async () => {
    const again = await fence('source');
    expect(again).toEqual({
      fencedAt: again.fencedAt,
      check: expect.objectContaining({ outcome: 'passed' }) as object,
    });
    expect(again.check?.observed).toMatch(/^an earlier attempt fenced it at /);
  });

  it('leads the clients to the target, and asks nobody else whether they are there', () => move('target'));

  it('fences the target on the way back, without a check of its own, and lifts the fences', async () => {
    expect(Object.keys(await fence('target'))).toEqual(['fencedAt']);
    await lift('source');
    await move('source');
    await lift('target');
    const { sites } = portsOf();
    for (const side of ['source', 'target'] as const) {
      expect((await (await sites.at(topology[side])).health()).status).toBe(200);
    }
  });

  it('fails when nobody could write before the fence, and fences all the same', async () => {
    const { target, source } = topology;
    const other = { ...topology, source: { ...source, admin: target.admin } };
    const { check } = await fence('source', { topology: other });
    expect(check).toMatchObject({ outcome: 'failed' });
    expect(check?.observed).toMatch(/^no connection could be held .* was refused/);
    await lift('source');
  });

  it('takes a source that died before its fence for lost, and goes on', async () => {
    // As by an accident: its lane knows of nothing, and its edge goes on.
    const { processes } = await openLaneRecord(join(testLane.stateFolder.lanes, 'local')).existing();
    await killBackgroundProcess(processes['bao-source']!);
    const found = await fence('source');
    expect(found).toMatchObject({ wasGone: true, check: { name: 'source-fenced', outcome: 'passed' } });
    expect(found.check?.observed).toMatch(/^the source was lost before it could be fenced \(.+was refused/);
    await runActivity(createRecoverSource(portsOf()), { topology, drillId });
  });

  it('takes one for lost whose lane cannot be asked any more, if its edge refuses by itself, and says so', async () => {
    const unreachable = laneThat({
      fence: async () => {
        throw new KnownFailure('KubernetesUnreachable', 'The API server does not answer.', { retryable: true });
      },
    });
    await testLane.open().servers.lose('source');
    const { check, wasGone } = await fence('source', { lane: unreachable });
    expect(wasGone).toBe(true);
    expect(check).toMatchObject({ outcome: 'passed' });
    expect(check?.observed).toContain('see to it that it does not come back (The API server does not answer.)');
    await runActivity(createRecoverSource(portsOf()), { topology, drillId });
    await expect(fence('source', { lane: unreachable })).rejects.toMatchObject({ type: 'KubernetesUnreachable' });
  });

  it.each(['source', 'target'] as const)('never takes the %s for fenced when a probe gets through', async (site) => {
    const idle = laneThat({ fence: async () => ({ fencedAt: new Date().toISOString() }) });
    await expect(fence(site, { lane: idle })).rejects.toMatchObject({
      type: 'FenceDoesNotHold',
      retryable: false,
      message: expect.stringContaining('was acknowledged') as string,
    });
  });
});

describe('a drill whose source is lost', () => {
  it('sees it gone, and gets it back', async () => {
    const lost = await runActivity(createLoseSource(portsOf()), { topology, drillId });
    expect(lost.check).toMatchObject({ name: 'source-lost', outcome: 'passed' });
    expect((await runActivity(createLoseSource(portsOf()), { topology, drillId })).lostAt).toBe(lost.lostAt);
    await move('target');
    await runActivity(createRecoverSource(portsOf()), { topology, drillId });
    await move('source');
  });

  it('does not take it for lost while it answers', async () => {
    const idle = laneThat({}, { lose: async () => ({ lostAt: new Date().toISOString() }) });
    const { check } = await runActivity(createLoseSource(portsOf(idle)), { topology, drillId });
    expect(check).toMatchObject({ outcome: 'failed', observed: expect.stringContaining('was answered') as string });
  });

  it('says how the server ended, where its lane can tell', async () => {
    const lostAt = new Date().toISOString();
    const telling = laneThat({}, { lose: async () => ({ lostAt, how: 'told to end' }) });
    const { check } = await runActivity(createLoseSource(portsOf(telling)), { topology, drillId });
    expect(check.observed).toContain(`the server has ended, after ${lostAt} (told to end); `);
  });
});
