import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MadeLane } from '../../../../infra/lanes/made/shell/made-lane.js';
import type { ProvisionRequest } from '../../../../activities/ports/provisioning.js';
import { markerApiPath } from '../../../../domain/pair/marker.js';
import { baseline, type PairSite } from '../../../../domain/pair/topology.js';
import { findWhoAnswersClients } from '../../../../infra/lanes/made/clients-name.js';
import { readLaneTopology } from '../../../../infra/lanes/lane-topology.js';
import { createLanes } from '../../../../infra/lanes/lanes.js';
import { createLogIn } from '../../../../infra/connect/credentials/log-in.js';
import { createMaterials } from '../../../../infra/state/materials.js';
import { pointClientsEdgeAt } from '../../../../infra/lanes/local/edges.js';
import { lanePaths } from '../../../../infra/lanes/local/lane-paths.js';
import type { LaneRecord } from '../../../../infra/lanes/local/lane-record.js';
import { edgesOfPair } from '../../../../infra/lanes/local/topology.js';
import { openStateFolder, type StateFolder } from '../../../../infra/state/state-folder.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { withFileLock } from '../../../../systems/files/file-lock.js';
import { createOpenBao } from '../../../../systems/openbao/api/client.js';
import { publicKeyFingerprint, signEvidence, verifyEvidence } from '../../../../systems/openbao/api/evidence-key.js';
import { snapshotPath } from '../../../../systems/openbao/transfer/snapshot-path.js';
import { isRunning, type ProcessIdentity } from '../../../../systems/processes/process-identity.js';
import { createToolBox } from '../../../../systems/tools/index.js';
import { toolPath } from '../../../support/tools.js';

let folder: string;
let stateFolder: StateFolder;
let lane: MadeLane;
const progress: string[] = [];

const openLane = (name: string, programs: Record<string, string> = {}): MadeLane => {
  const environment = {
    OPENBAO_DR_BAO: toolPath('bao'),
    OPENBAO_DR_TRAEFIK: toolPath('traefik'),
    OPENBAO_DR_WEED: toolPath('weed'),
    ...programs,
  };
  const tools = createToolBox({ environment, cacheFolder: join(folder, 'cache') });
  return createLanes({ stateFolder, materials: createMaterials(stateFolder), tools, environment: {} }).open(
    name,
  ) as MadeLane;
};
const request = (changes: Partial<ProvisionRequest> = {}): ProvisionRequest => ({
  owner: 'up',
  freshTarget: false,
  options: { local: { ports: {}, targetSealKey: baseline.sealKey } },
  ...changes,
});
const provision = (changes: Partial<ProvisionRequest> = {}) =>
  lane.provision(request(changes), (message) => progress.push(message));

const readRecord = async (): Promise<LaneRecord> =>
  JSON.parse(await readFile(join(stateFolder.lanes, 'local', 'lane.json'), 'utf8')) as LaneRecord;
const processes = async (): Promise<Record<string, ProcessIdentity>> => (await readRecord()).processes;

const clusterIdOf = async (site: 'source' | 'target'): Promise<string | undefined> => {
  const { topology } = await provision();
  const caPem = await createMaterials(stateFolder).read(topology[site].ca);
  return (await createOpenBao({ ...topology[site], caPem }).health()).clusterId;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-lane-'));
  stateFolder = await openStateFolder(join(folder, 'state'));
  lane = openLane('local');
});
afterEach(async () => {
  await lane.disposal.teardown(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

describe('the local lane', () => {
  it('comes up, is adopted as it is, repairs what died, and goes away with everything it made', async () => {
    await provision();
    const first = await processes();
    const id = await clusterIdOf('target');
    expect(id).toBeDefined();
    expect(await processes()).toEqual(first);

    process.kill(first['bao-target']!.pid, 'SIGKILL');
    process.kill(first['edge-source']!.pid, 'SIGKILL');
    for (const name of ['bao-target', 'edge-source'] as const) {
      await waitUntil(async () => ((await isRunning(first[name]!)) ? undefined : true), {
        what: `${name} to be gone`,
        timeoutMs: 10_000,
        intervalMs: 10,
      });
    }
    expect(await clusterIdOf('target')).toBe(id);
    const repaired = await processes();
    expect(repaired['bao-target']!.pid).not.toBe(first['bao-target']!.pid);
    expect(repaired['bao-source']).toEqual(first['bao-source']);

    const { storageInternal } = (await readRecord()).ports;
    const sockets = async (): Promise<string[]> =>
      (await readdir('/tmp')).filter((name) => storageInternal.some((port) => name.endsWith(`-grpc-${port}.sock`)));
    expect(await sockets()).not.toEqual([]);
    await lane.disposal.teardown(() => undefined);
    for (const identity of Object.values(repaired)) expect(await isRunning(identity)).toBe(false);
    expect(await readdir(stateFolder.lanes)).toEqual([]);
    expect(await sockets()).toEqual([]);
  });

  it('gives every use of a key a token that may do nothing else, and keeps the evidence key for longer than itself', async () => {
    const { topology } = await provision();
    const { infra, evidence, sealControl, target } = topology;
    const materials = createMaterials(stateFolder);
    const openbao = createOpenBao({ ...infra, caPem: await materials.read(infra.ca) });
    const [signer, control] = await Promise.all(
      [evidence.token, sealControl.token].map(async (token) => openbao.useToken(await materials.read(token))),
    );
    const input = { plaintext: Buffer.from('probe').toString('base64') };
    const denied = { type: 'PermissionDenied' };

    const bytes = Buffer.from('a report');
    const { signature } = await signEvidence(signer!, evidence, bytes);
    const publicKeyPem = await materials.read(evidence.publicKey);
    expect(verifyEvidence({ bytes, signature, publicKeyPem })).toBe(true);
    await expect(signer!.write(`transit/encrypt/${target.seal.keyName}`, input)).rejects.toMatchObject(denied);
    await expect(signer!.read(`transit/keys/${evidence.keyName}`)).rejects.toMatchObject(denied);

    expect(await control!.write(`transit/encrypt/${sealControl.keyName}`, input)).toHaveProperty('ciphertext');
    await expect(control!.write(`transit/encrypt/${target.seal.keyName}`, input)).rejects.toMatchObject(denied);
    for (const session of [signer!, control!]) {
      expect(await session.read('auth/token/lookup-self')).toMatchObject({ ttl: expect.any(Number) as number });
      await session.write('auth/token/renew-self', {});
    }

    await lane.disposal.teardown(() => undefined);
    const kept = `local-${publicKeyFingerprint(publicKeyPem).slice(0, 16)}.pem`;
    expect(await readdir(stateFolder.evidenceKeys)).toEqual([kept]);
    expect(await readFile(join(stateFolder.evidenceKeys, kept), 'utf8')).toBe(publicKeyPem);
  });

  it("has a verifier in the source's data alone, who may read the snapshot and the names of mounts", async () => {
    const { topology } = await provision();
    expect(await readLaneTopology(stateFolder, 'local')).toEqual(topology);
    const { source, target } = topology;
    const materials = createMaterials(stateFolder);
    const logInAt = async ({ address, serverName, ca }: PairSite) =>
      createLogIn()({ address, serverName, caPem: await materials.read(ca) }, source.verifier, {
        references: materials,
        connect: createOpenBao,
      });
    await expect(logInAt(target)).rejects.toMatchObject({ type: 'LoginRefused' });
    const verifier = await logInAt(source);
    for (const path of [snapshotPath, 'sys/mounts', 'sys/auth']) {
      expect(await verifier.capabilities(path)).toEqual(['read']);
    }
    expect(await verifier.read('sys/mounts')).toHaveProperty('secret/');
    expect(await verifier.capabilities(markerApiPath)).toEqual(['deny']);
  });

  it('builds a used target anew for the next drill, and refuses while clients are on it', async () => {
    await provision();
    const before = await clusterIdOf('target');
    await lane.target.markUsed('a-drill');
    await lane.clients.pointAt('target');
    await expect(provision({ freshTarget: true })).rejects.toThrow(/clients are on the target/);
    await expect(lane.target.markUsed('a-drill')).rejects.toMatchObject({
      type: 'TargetServesClients',
      retryable: false,
    });
    await lane.clients.pointAt('source');
    await provision({ freshTarget: true });
    expect(await clusterIdOf('target')).not.toBe(before);
  });

  it('keeps a target that clients were led to behind its back, and goes by its record once their name answers nobody', async () => {
    await provision();
    const before = await clusterIdOf('target');
    await lane.target.markUsed('a-drill');
    // As a program that outlived its worker, or a person, would.
    const record = await readRecord();
    const paths = lanePaths(stateFolder, 'local');
    await pointClientsEdgeAt(paths, record, 'target');
    await waitUntil(async () => (await findWhoAnswersClients(edgesOfPair(record))) === 'target' || undefined, {
      what: 'the name to lead to the target',
      timeoutMs: 10_000,
    });
    const served = {
      type: 'TargetServesClients',
      message: expect.stringContaining('is answered by the target') as string,
    };
    await expect(provision({ freshTarget: true })).rejects.toMatchObject(served);
    await expect(lane.target.markUsed('another-drill')).rejects.toMatchObject(served);
    await expect(lane.disposal.teardownPair(() => undefined)).rejects.toMatchObject(served);
    expect((await readRecord()).targetUsedBy).toBe('a-drill');
    expect(await clusterIdOf('target')).toBe(before);

    await pointClientsEdgeAt(paths, record, 'target');
    process.kill((await processes())['edge-clients']!.pid, 'SIGKILL');
    await waitUntil(async () => (await findWhoAnswersClients(edgesOfPair(record))) === 'nobody' || undefined, {
      what: 'the name to answer nobody',
      timeoutMs: 10_000,
    });
    await provision({ freshTarget: true });
    expect(await clusterIdOf('target')).not.toBe(before);
  });

  it("tells a running server's seal from the configuration it was started with, and writes it anew with the next start", async () => {
    await provision();
    const config = join(stateFolder.lanes, 'local', 'bao-target', 'config.json');
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace(baseline.sealKey, 'started-with-another'));
    expect((await provision()).topology.target.seal.keyName).toBe('started-with-another');
    await lane.servers.restart('target');
    expect((await provision()).topology.target.seal.keyName).toBe(baseline.sealKey);
  });

  it('is made again on other ports when one of its servers ended at once', async () => {
    const once = join(folder, 'ended-once');
    const program = join(folder, 'traefik');
    // As one that lost its port between the last look at it and its start.
    const script = `#!/bin/sh
case "$1" in --configFile=*) if mkdir '${once}' 2>/dev/null; then sleep 0.3; exit 1; fi ;; esac
exec '${toolPath('traefik')}' "$@"
`;
    await writeFile(program, script, { mode: 0o755 });
    lane = openLane('local', { OPENBAO_DR_TRAEFIK: program });
    progress.length = 0;
    await provision();
    expect(progress.filter((message) => message.includes('trying again on other ports'))).toHaveLength(1);
    expect(await clusterIdOf('source')).toBeDefined();
  });

  it('finds a process that was started but not recorded, and replaces it', async () => {
    await provision();
    const path = join(stateFolder.lanes, 'local', 'lane.json');
    const record = JSON.parse(await readFile(path, 'utf8')) as { processes: Record<string, ProcessIdentity> };
    const lost = record.processes['edge-infra']!;
    delete record.processes['edge-infra'];
    await writeFile(path, JSON.stringify(record));
    await provision();
    expect(await isRunning(lost)).toBe(false);
    expect((await processes())['edge-infra']).toBeDefined();
  });

  it('sets a server up anew whose set-up was cut short', async () => {
    await provision();
    const before = await clusterIdOf('target');
    const path = join(stateFolder.lanes, 'local', 'lane.json');
    const record = JSON.parse(await readFile(path, 'utf8')) as { ready: string[] };
    await writeFile(path, JSON.stringify({ ...record, ready: ['infra', 'source'] }));
    expect(await clusterIdOf('target')).not.toBe(before);
  });

  it('refuses a port in use before it makes anything', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await expect(
      provision({ options: { local: { ports: { clients: port }, targetSealKey: baseline.sealKey } } }),
    ).rejects.toThrow(new RegExp(String(port)));
    expect(await readdir(stateFolder.lanes)).toEqual([]);
    server.close();
  });

  it('says what is wrong with a damaged record, and that another lane is asked for', async () => {
    await provision();
    await expect(provision({ options: { local: { ports: {}, targetSealKey: 'other' } } })).rejects.toThrow(
      /differs from the plan/,
    );
    const path = join(stateFolder.lanes, 'local', 'lane.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, 100));
    await expect(provision()).rejects.toThrow(/lane\.json is not valid JSON/);
    await writeFile(path, text);
  });
});

describe('what a drill asks of the lane after it was given up', () => {
  const written: LaneRecord = {
    layout: 1,
    lane: 'local',
    createdBy: 'up',
    ports: {
      edges: { infra: 1, source: 2, target: 3, clients: 4 },
      servers: { infra: { api: 5, cluster: 6 }, source: { api: 7, cluster: 8 }, target: { api: 9, cluster: 10 } },
      storage: 11,
      storageInternal: [],
    },
    storage: 'rustfs',
    targetSealKey: baseline.sealKey,
    materialsReady: false,
    ready: [],
    clientsAt: 'source',
    processes: {},
  };

  it.each([
    ['marks no target', (signal: AbortSignal) => lane.target.markUsed('a-drill', signal)],
    ['moves no clients', (signal: AbortSignal) => lane.clients.pointAt('target', signal)],
  ])('%s, even if it was waiting for its turn', async (_, ask) => {
    await mkdir(join(stateFolder.lanes, 'local'));
    await writeFile(join(stateFolder.lanes, 'local', 'lane.json'), JSON.stringify(written));
    const controller = new AbortController();
    const reason = new Error('given up');
    await withFileLock(join(stateFolder.lanes, 'local.building.lock'), async () => {
      const asked = expect(ask(controller.signal)).rejects.toBe(reason);
      controller.abort(reason);
      await asked;
    });
    await expect(ask(controller.signal)).rejects.toBe(reason);
    expect(await readRecord()).toEqual(written);
  });
});
