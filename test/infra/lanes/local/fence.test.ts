import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MadeLane } from '../../../../infra/lanes/made/shell/made-lane.js';
import type { PairSide, Topology } from '../../../../domain/pair/topology.js';
import type { LaneRecord } from '../../../../infra/lanes/local/lane-record.js';
import { askForName, type NameAnswer, UNKNOWN_NAME } from '../../../../systems/edge/ask-for-name.js';
import { createOpenBao, type Health } from '../../../../systems/openbao/api/client.js';
import { isRunning, type ProcessIdentity } from '../../../../systems/processes/process-identity.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { createTestLane, type TestLane } from '../../../support/drills/local-lane.js';

let testLane: TestLane;
let topology: Topology;
let lane: MadeLane;

const openLane = (): MadeLane => testLane.open();
const provision = async (): Promise<readonly string[]> => {
  const provisioned = await testLane.provision();
  ({ topology } = provisioned);
  return provisioned.said;
};

const recordPath = (): string => join(testLane.stateFolder.lanes, 'local', 'lane.json');
const readRecord = async (): Promise<LaneRecord> => JSON.parse(await readFile(recordPath(), 'utf8')) as LaneRecord;
const changeRecord = async (change: (record: LaneRecord) => void): Promise<void> => {
  const record = await readRecord();
  change(record);
  await writeFile(recordPath(), JSON.stringify(record));
};
const processOf = async (name: string): Promise<ProcessIdentity> => (await readRecord()).processes[name]!;

const ask = (side: PairSide, serverName = topology[side].serverName): Promise<NameAnswer> =>
  askForName({ address: topology[side].address, serverName });
/** By an edge without routes, or because there is none. */
const refused = expect.objectContaining({ outcome: 'refused' }) as NameAnswer;
const answered = expect.objectContaining({ outcome: 'answered' }) as NameAnswer;

const health = async (side: PairSide): Promise<Health> => {
  const { address, serverName, ca } = topology[side];
  return createOpenBao({ address, serverName, caPem: await testLane.materials.read(ca) }).health();
};

/** A client that keeps its connection: knows whether it is still there. */
const keepConnection = async (side: PairSide): Promise<{ isOpen: () => boolean; closed: Promise<unknown> }> => {
  const { hostname, port } = new URL(topology[side].address);
  const socket = connect({
    host: hostname,
    port: Number(port),
    servername: topology[side].serverName,
    rejectUnauthorized: false,
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return { isOpen: () => !socket.destroyed, closed };
};

beforeAll(async () => {
  testLane = await createTestLane();
  await provision();
});
beforeEach(() => {
  lane = openLane();
});
afterAll(() => testLane[Symbol.asyncDispose]());

describe('the fence of a side', () => {
  it('refuses every name and cuts connections that are open, and leaves the other side alone', async () => {
    const kept = { source: await keepConnection('source'), target: await keepConnection('target') };
    const before = Date.now();
    const { fencedAt } = await lane.edges.fence('source');
    expect(Date.parse(fencedAt)).toBeGreaterThanOrEqual(before);
    await kept.source.closed;
    expect(kept.target.isOpen()).toBe(true);
    expect(await ask('source')).toEqual(refused);
    expect(await ask('source', topology.clients.serverName)).toEqual(refused);
    expect(await ask('target')).toEqual(answered);
    expect((await readRecord()).clientsAt).toBe('source');
  });

  it('holds with an edge that stands by, and when that has died', async () => {
    await lane.edges.standBy?.('source');
    const edge = await processOf('edge-source');
    await vi.waitFor(
      async () => expect(await ask('source')).toEqual({ outcome: 'refused', code: UNKNOWN_NAME } satisfies NameAnswer),
      { timeout: 20_000 },
    );
    await lane.edges.standBy?.('source');
    expect(await processOf('edge-source')).toEqual(edge);
    process.kill(edge.pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await isRunning(edge)).toBe(false));
    expect(await ask('source')).toEqual(refused);
  });

  it('has no edge stand by for a side that is open', async () => {
    const edge = await processOf('edge-target');
    await lane.edges.standBy?.('target');
    expect(await processOf('edge-target')).toEqual(edge);
    expect(await ask('target')).toEqual(answered);
  });

  it('does not go away when the server behind it is restarted', async () => {
    await lane.edges.standBy?.('source');
    // Set again, it looks after the edge that stands by.
    await lane.edges.fence('source');
    await lane.servers.restart('source');
    expect(await ask('source')).toEqual({ outcome: 'refused', code: UNKNOWN_NAME } satisfies NameAnswer);
  });

  it('is lifted, and lifted again without harm', async () => {
    await lane.edges.liftFence('source');
    expect(await ask('source')).toEqual(answered);
    expect(await ask('source', topology.clients.serverName)).toEqual(answered);
    await lane.edges.liftFence('source');
    expect(await ask('source')).toEqual(answered);
  });
});

describe('the loss of a side', () => {
  let id: string | undefined;

  it('kills the server without a word and shuts its edge', async () => {
    id = (await health('source')).clusterId;
    const server = await processOf('bao-source');
    const log = join(testLane.stateFolder.lanes, 'local', 'bao-source', 'server.log');
    const logged = (await readFile(log, 'utf8')).length;
    const before = Date.now();
    const { lostAt } = await lane.servers.lose('source');
    expect(Date.parse(lostAt)).toBeGreaterThanOrEqual(before);
    expect(await isRunning(server)).toBe(false);
    expect((await readFile(log, 'utf8')).slice(logged)).not.toMatch(/shutdown|seal/i);
    expect(await ask('source')).toEqual(refused);
    expect(await openLane().servers.lose('source')).toEqual({ lostAt });
  });

  it('keeps the edge shut though its fence is lifted', async () => {
    await lane.edges.liftFence('source');
    expect(await ask('source')).toEqual(refused);
  });

  it('is undone with the data that was there, and undone again without harm', async () => {
    await lane.servers.recover('source');
    expect(await health('source')).toMatchObject({ status: 200, clusterId: id });
    const server = await processOf('bao-source');
    await lane.servers.recover('source');
    expect(await processOf('bao-source')).toEqual(server);
  });

  it('takes the recorded time when an attempt died before it could kill', async () => {
    const lostAt = '2026-01-01T00:00:00.000Z';
    const server = await processOf('bao-source');
    await changeRecord((record) => (record.lost = { source: lostAt }));
    expect(await lane.servers.lose('source')).toEqual({ lostAt });
    expect(await isRunning(server)).toBe(false);
    await lane.servers.recover('source');
  });
});

describe('provisioning after a drill that died', () => {
  it('brings lost sides back, lifts fences, and says so', async () => {
    const { lostAt } = await lane.servers.lose('source');
    const { fencedAt } = await lane.edges.fence('target');
    expect(await provision()).toEqual(
      expect.arrayContaining([
        `source: lost by a drill at ${lostAt}, brought back`,
        `target: fenced by a drill at ${fencedAt}, fence lifted`,
      ]),
    );
    expect((await health('source')).status).toBe(200);
    expect((await health('target')).status).toBe(200);
    expect(await provision()).not.toContainEqual(expect.stringContaining('by a drill'));
  });

  it('opens an edge that was shut before the fence could be recorded', async () => {
    await lane.edges.fence('source');
    await changeRecord((record) => delete record.fenced);
    await provision();
    expect(await ask('source')).toEqual(answered);
  });

  it('leads the clients where somebody else has sent them, and keeps the side they left fenced', async () => {
    await lane.edges.fence('source');
    await lane.clients.noteAt('target');
    expect(await provision()).toContainEqual(expect.stringMatching(/^source: fenced .* stays so/));
    expect(await ask('source')).toEqual(refused);
    const { address, serverName } = topology.clients;
    const target = await ask('target');
    await waitUntil(
      async () => {
        const seen = await askForName({ address, serverName });
        return JSON.stringify(seen) === JSON.stringify(target) ? true : undefined;
      },
      { what: 'clients to be led to the target', timeoutMs: 10_000 },
    );
    await lane.clients.noteAt('source');
    await provision();
    expect(await ask('source')).toEqual(answered);
  });
});
