/** One real local lane for a whole test file, in a state folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MadeLane } from '../../../infra/lanes/made/shell/made-lane.js';
import type { Materials } from '../../../activities/ports/materials.js';
import { baseline, type Topology } from '../../../domain/pair/topology.js';
import { createLanes } from '../../../infra/lanes/lanes.js';
import { createMaterials } from '../../../infra/state/materials.js';
import { openStateFolder, type StateFolder } from '../../../infra/state/state-folder.js';
import { createToolBox } from '../../../systems/tools/index.js';
import { toolPath } from '../tools.js';

export interface TestLane extends AsyncDisposable {
  readonly stateFolder: StateFolder;
  readonly materials: Materials;
  /** As another process would open it. */
  open(assertHeld?: () => Promise<void>): MadeLane;
  /** As `up` does; answers what was said meanwhile. */
  provision(): Promise<{ readonly topology: Topology; readonly said: readonly string[] }>;
}

/** Nothing runs before it is provisioned. */
export const createTestLane = async (): Promise<TestLane> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-lane-'));
  const stateFolder = await openStateFolder(join(folder, 'state'));
  const materials = createMaterials(stateFolder);
  const environment = {
    OPENBAO_DR_BAO: toolPath('bao'),
    OPENBAO_DR_TRAEFIK: toolPath('traefik'),
    OPENBAO_DR_WEED: toolPath('weed'),
  };
  const open = (assertHeld?: () => Promise<void>): MadeLane => {
    const tools = createToolBox({ environment, cacheFolder: join(folder, 'cache') });
    return createLanes({ stateFolder, materials, tools, environment: {} }).open('local', assertHeld) as MadeLane;
  };
  return {
    stateFolder,
    materials,
    open,
    async provision() {
      const said: string[] = [];
      const options = { local: { ports: {}, targetSealKey: baseline.sealKey } };
      const request = { owner: 'up', freshTarget: false, options };
      const { topology } = await open().provision(request, (message) => said.push(message));
      return { topology, said };
    },
    async [Symbol.asyncDispose]() {
      await open().disposal.teardown(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
