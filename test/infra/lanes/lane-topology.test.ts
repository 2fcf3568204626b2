import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseline } from '../../../domain/pair/topology.js';
import { k3dLanePaths } from '../../../infra/lanes/k3d/lane-paths.js';
import type { K3dLaneRecord } from '../../../infra/lanes/k3d/lane-record.js';
import { readLaneTopology } from '../../../infra/lanes/lane-topology.js';
import type { LaneRecord } from '../../../infra/lanes/local/lane-record.js';
import { openStateFolder, type StateFolder } from '../../../infra/state/state-folder.js';

let folder: string;
let stateFolder: StateFolder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-lane-'));
  stateFolder = await openStateFolder(join(folder, 'state'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const halfBuilt: LaneRecord = {
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
  materialsReady: true,
  ready: ['infra', 'source'],
  clientsAt: 'source',
  processes: {},
};

const k3dRecord: K3dLaneRecord = {
  kind: 'k3d',
  layout: 1,
  lane: 'k3d',
  id: 'k3d.1',
  createdBy: 'up',
  options: {
    adopt: [],
    targetSealKey: baseline.sealKey,
    openbaoVersion: '2.7.2',
    operatorVersion: '0.5.1',
    images: {},
    storage: 'container',
    transitAddress: 'https://host.k3d.internal',
  },
  storage: 'container',
  ports: { edges: { infra: 1, source: 2, target: 3, clients: 4 }, storage: 5, storageInternal: [] },
  materialsReady: true,
  parts: {},
  gatewayDefinitions: [],
  ready: [],
  clientsAt: 'source',
  processes: {},
};

describe('where the parts of a lane are', () => {
  it('is not known of a lane that is not there', async () => {
    await expect(readLaneTopology(stateFolder, 'local')).rejects.toMatchObject({ type: 'LaneMissing' });
  });

  it('is not told of a lane that is half built', async () => {
    await mkdir(join(stateFolder.lanes, 'local'));
    await writeFile(join(stateFolder.lanes, 'local', 'lane.json'), JSON.stringify(halfBuilt));
    await expect(readLaneTopology(stateFolder, 'local')).rejects.toMatchObject({ type: 'LaneMissing' });
  });

  it('is told of a k3d lane as it was described last, without asking its clusters', async () => {
    const paths = k3dLanePaths(stateFolder, 'k3d');
    await mkdir(paths.folder);
    await writeFile(join(paths.folder, 'lane.json'), JSON.stringify({ ...k3dRecord, ready: ['infra', 'source'] }));
    await writeFile(paths.topology, JSON.stringify({ lane: 'k3d' }));
    await expect(readLaneTopology(stateFolder, 'k3d')).rejects.toMatchObject({ type: 'LaneMissing' });
    await writeFile(join(paths.folder, 'lane.json'), JSON.stringify({ ...k3dRecord, ready: ['target'] }));
    expect(await readLaneTopology(stateFolder, 'k3d')).toEqual({ lane: 'k3d' });
  });
});
