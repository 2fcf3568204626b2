import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseline } from '../../domain/topology.js';
import { readLaneTopology } from '../../infra/lane-topology.js';
import type { LaneRecord } from '../../infra/local/lane-record.js';
import { openStateFolder, type StateFolder } from '../../infra/state-folder.js';

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

describe('where the parts of a lane are', () => {
  it('is not known of a lane that is not there', async () => {
    await expect(readLaneTopology(stateFolder, 'local')).rejects.toMatchObject({ type: 'LaneMissing' });
  });

  it('is not told of a lane that is half built', async () => {
    await mkdir(join(stateFolder.lanes, 'local'));
    await writeFile(join(stateFolder.lanes, 'local', 'lane.json'), JSON.stringify(halfBuilt));
    await expect(readLaneTopology(stateFolder, 'local')).rejects.toMatchObject({ type: 'LaneMissing' });
  });
});
